"""Parts: modules that are described and not yet built, so that they can be counted without torch."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

NOTHING: Mapping[str, Any] = MappingProxyType({})
"""No keyword arguments."""
MOST_CHILDREN = 100_000
"""The most children of one composite."""


class Part:
    """A module that is not built yet: its class or function, and its arguments."""

    __slots__ = ()
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    _start: Any = None
    """The weights that the part starts from: see `fgspace.network.parts.starts`."""


class Leaf(Part):
    """One module made by one call: a name of `torch.nn`, or any callable that returns an `nn.Module`.

    `target` is a name of `torch.nn` ("Conv2d") or the callable itself.
    """

    __slots__ = ("args", "kwargs", "target")

    def __init__(self, target: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] = NOTHING) -> None:
        self.target = target
        self.args = args
        self.kwargs = kwargs


class FineGrainedSpace(Part):
    """A module made of parts, which are its public attributes and run in the order in which they are set.

    A subclass writes `constructor` (called when the parts are needed) or `__init__` (called at once), and sets parts,
    descriptions (mappings with `type`) or `nn.Module`s as public attributes. The name of the attribute is the name of
    the child in `state_dict`; other values are plain attributes.
    """

    join: ClassVar[str] = "sequential"
    """The name of the join of the children's outputs: see `fgspace.network.resolve.joins`."""
    options: ClassVar[tuple[str, ...]] = ()
    """The names of the keyword arguments that the join takes."""

    _children: dict[str, Any]
    _constructed: bool
    _given: bool

    def __new__(cls, *args: Any, **kwargs: Any) -> "FineGrainedSpace":
        """Remember the arguments, so that the constructor is called only when the children are needed."""
        part = object.__new__(cls)
        # Not by __setattr__, which is slower: this runs for every block of every network that is counted.
        part.__dict__.update(args=args, kwargs=kwargs, _children={}, _constructed=False, _given=False)
        return part

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def constructor(self, *args: Any, **kwargs: Any) -> None:
        """Set the children; called once, with the arguments of the part."""

    @classmethod
    def fgspace_schema(cls) -> Callable[..., Any]:
        """Return the method whose signature has the parameters of the type."""
        if cls.constructor is not FineGrainedSpace.constructor:
            return cls.constructor
        return _takes_nothing if cls.__init__ is FineGrainedSpace.__init__ else cls.__init__

    def __setattr__(self, name: str, value: Any) -> None:
        if name[0] != "_" and is_child(value):
            self.add(name, value)
        else:
            self._children.pop(name, None)
        object.__setattr__(self, name, value)

    def add(self, name: str, child: Any) -> None:
        """Add a child, which runs after the children so far; its name in `state_dict` is `name`.

        Raises:
            ValueError: there are too many; a number that was meant to be small, such as that of repeats, is not.
        """
        if len(self._children) >= MOST_CHILDREN:
            raise ValueError(f"has more than {MOST_CHILDREN:,} parts; give fewer")
        self._children[name] = child
        self.__dict__["_given"] = True

    @property
    def given(self) -> bool:
        """Whether others than the constructor have set children, so that the arguments do not determine them."""
        return self._given

    @property
    def expanded(self) -> bool:
        """Whether the constructor has set the children."""
        return self._constructed

    def children(self) -> Mapping[str, Any]:
        """Return name → part, description or `nn.Module`, in the order in which they run."""
        if not self._constructed:
            given = self._given
            self.constructor(*self.args, **self.kwargs)
            self.__dict__.update(_constructed=True, _given=given)
        return self._children


def _takes_nothing(self: FineGrainedSpace) -> None:
    """Give the signature of a composite without parameters."""


def is_child(value: Any) -> bool:
    """Return whether a value set on a composite becomes one of its children."""
    if isinstance(value, Part):
        return True
    if isinstance(value, Mapping):
        return "type" in value
    return hasattr(value, "state_dict") and callable(value)
