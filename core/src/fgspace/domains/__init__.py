"""Domains: the values a hyper-parameter may take; each samples, mutates, crosses, checks and encodes its own value."""

from fgspace.domains.choice import Choice
from fgspace.domains.contract import Domain
from fgspace.domains.integer import Int
from fgspace.domains.real import Float
from fgspace.domains.tokens import Tokens
from fgspace.domains.vector import Vector, bits
from fgspace.domains.words import in_words

__all__ = ["Choice", "Domain", "Float", "Int", "Tokens", "Vector", "bits", "in_words"]
