"""The parameters of each block of a layer, one row per block, from stages or items; and the checks of both."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Row = dict[str, Any]


def stage_rows(in_plane: int, layer_reps: Sequence[int], expansion: int) -> Iterator[Row]:
    """Yield the rows of all stages; each stage after the first doubles the width and halves the size."""
    width = in_plane
    for stage, reps in enumerate(layer_reps):
        out = in_plane << stage
        for block in range(reps):
            yield {"inchannel": width, "outchannel": out, "stride": 2 if stage and not block else 1}
            width = out * expansion


def item_rows(in_plane: int, items: Mapping[str, Any], count: int, expansion: int) -> Iterator[Row]:
    """Yield the rows listed in `items`; `inchannel` defaults to the output width of the block before.

    Raises ValueError if an `inchannel` in `items` differs from that width.
    """
    columns = {name: values if isinstance(values, list) else [values] * count for name, values in items.items()}
    width = in_plane
    for idx in range(count):
        row = {"inchannel": width, **{name: values[idx] for name, values in columns.items()}}
        if row["inchannel"] != width:
            before = f"block {idx - 1}" if idx else "the part before"
            raise ValueError(
                f"items.inchannel[{idx}] is {row['inchannel']!r}, but {before} puts out {width}; "
                f"leave inchannel out, or write {width}"
            )
        yield row
        width = row["outchannel"] * expansion


def item_count(items: Mapping[str, Any], reps: Sequence[int] | int | None) -> int:
    """Return the number of blocks: `reps`, or its sum if it is a list, or the longest list of `items` if it is None.

    Raises ValueError if there is no block, if `items` lacks outchannel, or if one of its lists has another length.
    """
    if "outchannel" not in items:
        raise ValueError(f"items must say the outchannel of each block; got {', '.join(map(repr, items)) or 'none'}")
    lengths = {name: len(values) for name, values in items.items() if isinstance(values, list)}
    count = _total(max(lengths.values(), default=1) if reps is None else reps)
    if count < 1:
        raise ValueError(f"expected at least 1 block; got {count}")
    for name, length in lengths.items():
        if length != count:
            raise ValueError(
                f"items.{name}: expected {count} values, one a block, or one value for all; got a list of {length}"
            )
    return count


def _total(reps: Sequence[int] | int) -> int:
    return reps if isinstance(reps, int) else sum(reps)


def last_stage(in_plane: int, layer_reps: Sequence[int]) -> int:
    """Return the outchannel of the last stage."""
    return in_plane << (len(layer_reps) - 1)


def last_item(items: Mapping[str, Any]) -> int:
    """Return the outchannel of the last block."""
    out: int | list[int] = items["outchannel"]
    return out[-1] if isinstance(out, list) else out


def stage_lengths(name: str, layer_reps: list[int] | int) -> list[int]:
    """Return `layer_reps`, the parameter called `name`; raises ValueError unless it is a list of stage lengths."""
    if isinstance(layer_reps, int) or not layer_reps or min(layer_reps) < 1:
        raise ValueError(
            f"{name} must be a list of stage lengths, each at least 1, or come with items; got {layer_reps!r}"
        )
    return layer_reps


def check_bits(doublechannel: Sequence[int], downsample: Sequence[int]) -> None:
    """Raise ValueError unless both lists have one bit per block."""
    if len(doublechannel) != len(downsample):
        raise ValueError(
            "doublechannel and downsample must have one value a block, so as many as each other; "
            f"got {len(doublechannel)} and {len(downsample)}"
        )
    if not doublechannel:
        raise ValueError("doublechannel and downsample must have one value a block; got none")
    for name, bits in (("doublechannel", doublechannel), ("downsample", downsample)):
        if not _BITS.issuperset(bits):
            idx, bad = next((idx, bit) for idx, bit in enumerate(bits) if bit not in _BITS)
            raise ValueError(f"{name}[{idx}] must be 0 or 1; got {bad!r}")


_BITS = frozenset((0, 1))


def expansion_of(block: Callable[..., Any], declared: int | None = None) -> int:
    """Return the factor between the output width of a block and its `outchannel`.

    Raises ValueError if `declared` is another number.
    """
    target = getattr(block, "target", block)
    expansion: int = getattr(target, "expansion", declared or 1)
    if declared is not None and declared != expansion:
        raise ValueError(
            f"expansion is {declared!r}, but {target.__name__} has expansion {expansion}; "
            f"leave it out, or write {expansion}"
        )
    return expansion
