"""Combinators: composites whose parts run side by side, or keep what they put out on the way."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from fgspace.network.parts.part import FineGrainedSpace, Leaf, Part
from fgspace.signatures.markers import ModuleRef, Reference


class Combinator(FineGrainedSpace):
    """A composite made with its parts: by position, called `<ClassName>_<idx>`, or by keyword, called by that."""

    def constructor(self, *parts: Any, **named: Any) -> None:
        """Set the parts in the order in which they were given."""
        for idx, part in enumerate(part for part in parts if part is not None):
            self.add(f"{class_name(part)}_{idx}", part)
        for name, part in named.items():
            if name not in self.options and part is not None:
                self.add(name, part)

    @classmethod
    def fgspace_schema(cls) -> Any:
        """Return a method with the options alone: a description names the parts under `modules`."""
        if cls.constructor is not Combinator.constructor:
            return cls.constructor
        return _takes_out_list if cls.options else _takes_nothing


class Sequential(Combinator):
    """A chain. With `out_list`, it puts out the list of the outputs of the parts with these indices."""

    options: ClassVar[tuple[str, ...]] = ("out_list",)


class Add(Combinator):
    """The sum of what the parts make of the input; all must put out the same shape."""

    join: ClassVar[str] = "add"


class Multiply(Combinator):
    """The product of what the parts make of the input; a size of 1 is stretched, as a gate for each channel has."""

    join: ClassVar[str] = "multiply"


class Append(Combinator):
    """A chain that puts out the tuple of what every part put out."""

    join: ClassVar[str] = "append"


class Concat(Combinator):
    """What the parts make of the input, one after the other along the channels (dimension 1 of the batch)."""

    join: ClassVar[str] = "concat"


class Tuple(Combinator):
    """The tuple of what each part makes of the input."""

    join: ClassVar[str] = "tuple"


class Map(Combinator):
    """One part, run on every element of the input, which is a sequence; puts out a tuple."""

    join: ClassVar[str] = "map"


class Merge(Combinator):
    """The first part gets the input, each other the tuple of all outputs so far; puts out that tuple.

    The elements of a tuple that a part puts out are taken in one by one.
    """

    join: ClassVar[str] = "merge"


class Interpolate(Combinator):
    """A chain whose output is resized to the height and width of its input: bilinear, corners aligned."""

    join: ClassVar[str] = "interpolate"


class Repeat(FineGrainedSpace):
    """`num_reps` copies of `ref` in a row, called layers_0, layers_1, ...

    `items` maps parameters of `ref` to their values: a list has one for each copy, any other value is for every copy.
    A key may be a dotted path into `ref` (`conv.stride`). Raises ValueError where a list has another length.
    """

    def constructor(self, num_reps: int, items: dict[str, Any], ref: ModuleRef) -> None:
        """Set the copies."""
        if num_reps < 1:
            raise ValueError(f"num_reps must be at least 1, got {num_reps!r}")
        _check_lengths(num_reps, items)
        for idx in range(num_reps):
            values = {key: value[idx] if isinstance(value, list) else value for key, value in items.items()}
            self.add(f"layers_{idx}", _copy(ref, values))


def View() -> Leaf:
    """Flatten (N, ...) to (N, -1)."""
    return Leaf("Flatten")


def class_name(part: Any) -> str:
    """Return the name of the class that a part, a description or an `nn.Module` will be of."""
    if isinstance(part, Mapping):
        return str(part["type"]).rpartition("/")[2]
    if isinstance(part, Leaf):
        return part.target if isinstance(part.target, str) else str(getattr(part.target, "__name__", "Leaf"))
    return type(part).__name__


def takes_modules(target: Any) -> bool:
    """Say whether a description of this type lists its parts under `modules`."""
    if target is FineGrainedSpace:
        return True
    return isinstance(target, type) and issubclass(target, Combinator) and target.constructor is Combinator.constructor


def _takes_nothing(self: Part) -> None:
    """Stand for the signature of a combinator without options."""


def _takes_out_list(self: Part, out_list: list[int] | None = None) -> None:
    """Stand for the signature of `Sequential`."""


def _check_lengths(num_reps: int, items: Mapping[str, Any]) -> None:
    for key, value in items.items():
        if isinstance(value, list) and len(value) != num_reps:
            raise ValueError(
                f"items.{key}: expected {num_reps} values (num_reps), got {len(value)}; "
                "write one for each copy, or one for all without brackets"
            )


def _copy(ref: Any, values: Mapping[str, Any]) -> Any:
    """Return one copy of `ref` with these values: a description where `ref` has one, so that widths follow."""
    if isinstance(ref, Reference) and not isinstance(ref, type):
        description = getattr(ref, "description", None)
        ref = ref if description is None else description
    if not isinstance(ref, Mapping):
        return ref(**values)
    for key, value in values.items():
        ref = _replaced(ref, key.split("."), value, key)
    return ref


def _replaced(tree: Any, names: Sequence[str], value: Any, key: str) -> Any:
    if not names:
        return value
    inner = tree.get(names[0]) if isinstance(tree, Mapping) else None
    if len(names) > 1 and not isinstance(inner, Mapping):
        raise ValueError(f"items.{key}: ref has no part {names[0]!r}")
    return {**tree, names[0]: _replaced(inner, names[1:], value, key)}
