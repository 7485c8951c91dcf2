"""Reads the bits of every layer from a number, a list or a mapping of names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fgspace.errors import did_you_mean

Width = int | Sequence[int] | Mapping[str, int]
FLOAT = 32
"""The number of bits with which a tensor is not quantised."""
ENDS = ("8bit", "fp32", "same")


@dataclass(frozen=True)
class Bits:
    """The bits of a layer's weights and of its input; `skipped` if neither option names the layer."""

    weight: int = FLOAT
    activation: int = FLOAT
    skipped: bool = False


@dataclass(frozen=True)
class Assignment:
    """The bits of every layer by name, and a message for each list that is too long."""

    bits: Mapping[str, Bits]
    problems: tuple[str, ...]


def assign(names: Sequence[str], weights: Width, activations: Width, first_last: str | None = None) -> Assignment:
    """Return the bits of the layers called `names`, in forward order.

    A number is for every layer. A list has one value for each layer, or one for each but the first and the last (as
    the lists of Vega have); in the second case these two stay float unless `first_last` says otherwise. A mapping has
    names of layers, or of parts for all layers in them; layers that it does not name stay float.

    `first_last` gives the bits of the first and the last layer where the option is a number, or a list without them:
    "8bit" is at least 8 bits, "fp32" is float, "same" is the number (in a list, the value of the layer next to it).

    Raises:
        ValueError: a list is too short, or a name is no layer's.
    """
    inner = any(_is_inner(width, len(names)) for width in (weights, activations))
    ends = first_last or ("fp32" if inner else "8bit")
    problems: list[str] = []
    found = [
        _spread(option, names, width, ends, problems)
        for option, width in (("nbit_w_list", weights), ("nbit_a_list", activations))
    ]
    bits = {name: _joined(found[0][name], found[1][name]) for name in names}
    return Assignment(bits, tuple(problems))


def _is_inner(width: Width, count: int) -> bool:
    return not isinstance(width, int | Mapping) and len(width) != count


def _joined(weight: int | None, activation: int | None) -> Bits:
    skipped = weight is None and activation is None
    return Bits(FLOAT if weight is None else weight, FLOAT if activation is None else activation, skipped)


def _spread(
    option: str, names: Sequence[str], width: Width, ends: str, problems: list[str]
) -> Mapping[str, int | None]:
    if isinstance(width, Mapping):
        return _named(option, names, width)
    if isinstance(width, int):
        return _with_ends(names, [width] * max(0, len(names) - 2), (width, width), ends)
    if len(width) == len(names):
        return dict(zip(names, width, strict=True))
    inner = names[1:-1]
    if len(width) < len(inner) or not inner:
        raise ValueError(f"{option}: {_expected(names)}, got {len(width)}; the layers are {_indexed(names)}")
    if len(width) > len(inner):
        surplus = ", ".join(f"[{index}] = {width[index]}" for index in range(len(inner), len(width)))
        layers = _indexed(inner)
        problems.append(f"{option}: {_expected(names)}, got {len(width)}; surplus: {surplus}; the layers are {layers}")
    return _with_ends(names, width[: len(inner)], (width[0], width[len(inner) - 1]), ends)


def _with_ends(
    names: Sequence[str], inner: Sequence[int], same: tuple[int, int], ends: str
) -> Mapping[str, int | None]:
    chosen = [{"8bit": max(8, bits), "fp32": None, "same": bits}[ends] for bits in same]
    return dict(zip(names, [chosen[0], *inner, chosen[1]], strict=False))


def _named(option: str, names: Sequence[str], width: Mapping[str, int]) -> Mapping[str, int | None]:
    """Read a mapping; the longest name that contains a layer decides its bits."""
    found: dict[str, int | None] = dict.fromkeys(names)
    for given in sorted(width, key=len):
        inside = [name for name in names if name == given or name.startswith(f"{given}.")]
        if not inside:
            hint = did_you_mean(given, names) or f"; the layers are {_indexed(names)}"
            raise ValueError(f"{option}: {given!r} is no layer{hint}")
        found.update(dict.fromkeys(inside, width[given]))
    return found


def _expected(names: Sequence[str]) -> str:
    return f"expected {len(names)} values, one a layer, or {max(0, len(names) - 2)}, for all but the first and the last"


def _indexed(names: Sequence[str]) -> str:
    return ", ".join(f"{index} {name!r}" for index, name in enumerate(names))
