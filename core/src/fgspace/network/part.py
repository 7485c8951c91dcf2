"""Parts: modules that are described and not yet built, so that they can be counted without torch."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar


class Part:
    """A module that is not built yet: what makes it, and the arguments it is made with."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class Leaf(Part):
    """One module made by one call: a name of `torch.nn`, or any callable that returns an `nn.Module`.

    `target` is a name of `torch.nn` ("Conv2d") or the callable itself.
    """

    def __init__(self, target: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None) -> None:
        self.target = target
        self.args = args
        self.kwargs = dict(kwargs or {})


class FineGrainedSpace(Part):
    """A module made of parts: what it sets as attributes runs in the order it was set.

    A subclass writes `constructor` (run when the parts are needed) or `__init__` (run at once), and sets
    parts, descriptions (mappings with `type`) or `nn.Module`s as public attributes. The attribute's name
    is the child's name in `state_dict`; other values are plain attributes.
    """

    join: ClassVar[str] = "sequential"
    """How the children's outputs become one: see `fgspace.network.joins`."""

    def __new__(cls, *args: Any, **kwargs: Any) -> "FineGrainedSpace":
        part = super().__new__(cls)
        part.args, part.kwargs = args, kwargs
        part._children = {}
        part._constructed = False
        return part

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def constructor(self, *args: Any, **kwargs: Any) -> None:
        """Set the children; called once, with the arguments the part was made with."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and name not in ("args", "kwargs") and is_child(value):
            self._children[name] = value
        object.__setattr__(self, name, value)

    def children(self) -> Mapping[str, Any]:
        """Return name → part, description or `nn.Module`, in the order in which they run."""
        if not self._constructed:
            self._constructed = True
            if type(self).__init__ is FineGrainedSpace.__init__:
                self.constructor(*self.args, **self.kwargs)
        return self._children


def is_child(value: Any) -> bool:
    """Say whether a value set on a composite is one of its children."""
    if isinstance(value, Part):
        return True
    if isinstance(value, Mapping):
        return "type" in value
    return hasattr(value, "state_dict") and callable(value)


def parts(part: FineGrainedSpace) -> Iterator[tuple[str, Any]]:
    """Yield the named children of a composite."""
    yield from part.children().items()
