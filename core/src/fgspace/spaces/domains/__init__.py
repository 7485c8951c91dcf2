"""Domains: the values a hyper-parameter may take; each samples, mutates, crosses, checks and encodes its own value."""

from fgspace.spaces.domains.choice import Choice
from fgspace.spaces.domains.contract import Domain
from fgspace.spaces.domains.integer import Int
from fgspace.spaces.domains.real import Float
from fgspace.spaces.domains.tokens import Tokens
from fgspace.spaces.domains.vector import Vector, bits
from fgspace.spaces.domains.words import in_words

__all__ = ["Choice", "Domain", "Float", "Int", "Tokens", "Vector", "bits", "in_words"]
