"""Markers for annotations: widths, references to types, default domains."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any


@dataclass(frozen=True)
class Width:
    """Marks a parameter as the declared output width of a part."""

    side: str


if TYPE_CHECKING:  # a type checker reads the annotation `InWidth` as `int`
    InWidth = Annotated[int, Width("in")]
else:

    @dataclass(frozen=True)
    class InWidth:
        """An input width: it may be left out or `auto`, and then follows from the part before.

        As an annotation, it stands for `int`. `Annotated[int, InWidth(axis=-1)]` says which axis of the input, without
        the batch, the width is the size of. By default that is the first one, the channels of images, and the last one
        for a parameter with the name `in_features`.
        """

        axis: int | None = None


@dataclass(frozen=True)
class Ref:
    """Marks a parameter whose value is a reference: a mapping with `type`, of this kind, and some bound parameters."""

    kind: str


@dataclass(frozen=True)
class Searched:
    """Marks the default domain of a parameter, or of each element where the parameter is a list.

    The domain of a process's parameter may depend on the network: `follows` is a function of the rows of the network's
    layers and of the process's `plan` of it. It returns the domain and the initial value, or a list or a mapping of
    such pairs for the elements. See `fgspace.Process`.

    With `keeps_ones`, a plain list of bits that a file gives for the parameter keeps its number of ones.
    """

    domain: Any = None
    follows: Callable[[Sequence[Any], Any], Any] | None = None
    keeps_ones: bool = False


@dataclass(frozen=True)
class Ignored:
    """Marks a parameter that a space takes and that does not change its networks: it is left out of descriptions.

    With `why`, a note says that it is ignored, and why.
    """

    why: str = ""


@dataclass(frozen=True)
class Holds:
    """Marks a parameter whose value is a mapping, and names entries of it that people write beside it by mistake.

    `words` are other words for entries: pairs such as ("learning_rate", "lr"). `start` are the entries to begin with
    where the parameter is not given. `default` are those that count then, for who changes one of them.
    """

    names: tuple[str, ...]
    words: tuple[tuple[str, str], ...] = ()
    start: tuple[tuple[str, Any], ...] = ()
    default: tuple[tuple[str, Any], ...] = ()

    def entry(self, name: str) -> str | None:
        """Return the entry that a name means, None if it means none."""
        return name if name in self.names else dict(self.words).get(name)


OutWidth = Annotated[int | None, Width("out")]
"""A declared output width: where it is written, it must be true of the description as written."""


@dataclass(frozen=True)
class Reference:
    """A type with some of its parameters bound, to be called with the rest."""

    target: Any
    bound: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, *args: Any, **rest: Any) -> Any:
        """Call the type; the arguments given here override the bound ones."""
        return self.target(*args, **{**self.bound, **rest})


ModuleRef = Annotated[Callable[..., Any], Ref("module")]
"""A module type with some parameters bound, written `{type: BasicBlock}`."""
DatasetRef = Annotated[Any, Ref("dataset")]
"""A data set, written `{type: Digits}`."""
