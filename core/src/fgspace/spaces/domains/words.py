"""Domains in words."""

from fgspace.spaces.domains.choice import Choice
from fgspace.spaces.domains.contract import Domain
from fgspace.spaces.domains.integer import Int
from fgspace.spaces.domains.real import Float
from fgspace.spaces.domains.tokens import Tokens
from fgspace.spaces.domains.vector import Vector


def in_words(domain: Domain) -> str:
    """Return a domain in words: "int [1, 8]", "choice of 3, 5", "8 bits with 4 ones"."""
    match domain:
        case Choice(options):
            return "choice of " + ", ".join(map(str, options))
        case Int(low, high, step, log):
            return f"int [{low}, {high}]" + (f" step {step}" if step > 1 else "") + (" log" if log else "")
        case Float(low, high, log, step):
            width = "" if step is None else f" step {_short(step)}"
            return f"float [{_short(low)}, {_short(high)}]{width}" + (" log" if log else "")
        case Tokens(ranges):
            return f"{len(ranges)} tokens"
        case Vector(_, length, ones) if domain.is_binary:
            least = f" with at least {domain.at_least} one{'s' * (domain.at_least > 1)}" if domain.at_least else ""
            return f"{length} bits" + (f" with {ones} ones" if ones is not None else least)
        case Vector(element, length):
            return f"vector of {length}, each {in_words(element)}"
    return str(domain)


def _short(number: float) -> str:
    """Return a number without needless digits: "1" for 1.0, "0.15"."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)
