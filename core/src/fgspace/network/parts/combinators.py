"""Combinators: composites whose parts run side by side, or whose intermediate outputs are kept."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from fgspace.network.parts.part import FineGrainedSpace, Leaf, Part
from fgspace.signatures.markers import ModuleRef, Reference


class Combinator(FineGrainedSpace):
    """A composite that takes its parts as arguments: by position, named `<ClassName>_<idx>`, or by keyword."""

    def constructor(self, *parts: Any, **named: Any) -> None:
        """Set the parts in the order in which they were given."""
        for idx, part in enumerate(part for part in parts if part is not None):
            self.add(f"{class_name(part)}_{idx}", part)
        for name, part in named.items():
            if name not in self.options and part is not None:
                self.add(name, part)

    @classmethod
    def fgspace_schema(cls) -> Any:
        """Return a method with the signature of the options; the parts are in `modules` in a description."""
        if cls.constructor is not Combinator.constructor:
            return cls.constructor
        return _takes_out_list if cls.options else _takes_nothing


class Sequential(Combinator):
    """A chain; with `out_list`, it returns the list of the outputs of the parts with these indices."""

    options: ClassVar[tuple[str, ...]] = ("out_list",)


class Add(Combinator):
    """The sum of the outputs of the parts, all on the same input; their shapes must be equal."""

    join: ClassVar[str] = "add"


class Multiply(Combinator):
    """The product of the outputs of the parts, all on the same input; sizes of 1 are broadcast (a gate per channel)."""

    join: ClassVar[str] = "multiply"


class Append(Combinator):
    """A chain that returns the tuple of the outputs of all parts."""

    join: ClassVar[str] = "append"


class Concat(Combinator):
    """The outputs of the parts, all on the same input, concatenated along the channels (dimension 1)."""

    join: ClassVar[str] = "concat"


class Tuple(Combinator):
    """The tuple of the outputs of the parts, all on the same input."""

    join: ClassVar[str] = "tuple"


class Map(Combinator):
    """One part, run on every element of the input, which is a sequence; returns a tuple."""

    join: ClassVar[str] = "map"


class Merge(Combinator):
    """The first part gets the input, every other part the tuple of all outputs so far; returns that tuple.

    A tuple that a part returns is unpacked into the outputs so far.
    """

    join: ClassVar[str] = "merge"


class Interpolate(Combinator):
    """A chain whose output is resized to the height and width of its input: bilinear, corners aligned."""

    join: ClassVar[str] = "interpolate"


class Repeat(FineGrainedSpace):
    """`num_reps` copies of `ref` in a row, called layers_0, layers_1, ...

    `items` maps parameters of `ref` to their values: a list has one value for each copy, any other value is for all.
    A key may be a dotted path into `ref` (`conv.stride`). Raises ValueError if a list has another length.
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
    """Return the class name of a part, a description or an `nn.Module`."""
    if isinstance(part, Mapping):
        return str(part["type"]).rpartition("/")[2]
    if isinstance(part, Leaf):
        return part.target if isinstance(part.target, str) else str(getattr(part.target, "__name__", "Leaf"))
    return type(part).__name__


def takes_modules(target: Any) -> bool:
    """Return whether a description of this type has its parts in `modules`."""
    if target is FineGrainedSpace:
        return True
    return isinstance(target, type) and issubclass(target, Combinator) and target.constructor is Combinator.constructor


def _takes_nothing(self: Part) -> None:
    """Give the signature of a combinator without options."""


def _takes_out_list(self: Part, out_list: list[int] | None = None) -> None:
    """Give the signature of `Sequential`."""


def _check_lengths(num_reps: int, items: Mapping[str, Any]) -> None:
    for key, value in items.items():
        if isinstance(value, list) and len(value) != num_reps:
            raise ValueError(
                f"items.{key}: expected {num_reps} values (num_reps), got {len(value)}; "
                "write one for each copy, or one for all without brackets"
            )


def _copy(ref: Any, values: Mapping[str, Any]) -> Any:
    """Return one copy of `ref` with these values: a description if `ref` has one, so that widths follow."""
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
