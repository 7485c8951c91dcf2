"""Markers: what an annotation says of a parameter beyond its type."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any


@dataclass(frozen=True)
class Width:
    """Marks a parameter as the part's width: the channels it takes in, or the channels it declares to put out."""

    side: str


@dataclass(frozen=True)
class Ref:
    """Marks a parameter that is written as a mapping with `type`: a type of this kind, with some parameters bound."""

    kind: str


@dataclass(frozen=True)
class Searched:
    """Marks the default domain of a parameter; of a list's parameter, the default domain of each element.

    What a process may do depends on the network before it: `follows` is a function of that network's layers, and of
    what the process's `plan` found in it, that returns the domain of the parameter; or a list, or a mapping, of the
    domains of its elements. See `fgspace.Process`.

    With `keeps_ones`, a plain list of bits that a file gives for the parameter keeps its number of ones.
    """

    domain: Any = None
    follows: Callable[[Sequence[Any], Any], Any] | None = None
    keeps_ones: bool = False


InWidth = Annotated[int, Width("in")]
"""An input width: it may be left out or `auto`, and then follows from the part before."""
OutWidth = Annotated[int | None, Width("out")]
"""A declared output width: where it is written, it must be true of the description as written."""


@dataclass(frozen=True)
class Reference:
    """A type with some of its parameters bound, to be called with the rest."""

    target: Any
    bound: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, *args: Any, **rest: Any) -> Any:
        """Make the part; what is given here stands over what was bound."""
        return self.target(*args, **{**self.bound, **rest})


ModuleRef = Annotated[Callable[..., Any], Ref("module")]
"""A module type with some parameters bound, written `{type: BasicBlock}`."""
DatasetRef = Annotated[Any, Ref("dataset")]
"""A data set, written `{type: Digits}`."""
