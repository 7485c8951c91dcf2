"""The blocks of a block space that halve the resolution: given as a mask, or spread evenly over the blocks."""

from collections.abc import Sequence
from typing import Annotated
from warnings import warn

from fgspace.signatures.markers import Ignored

Mask = tuple[int, ...]
Order = tuple[tuple[int, int], ...]
"""For each block, the group of tokens that it reads, and 1 where it halves height and width, else 0."""

_WHOLE = Ignored("a whole network has no blocks to place")
UnusedSize = Annotated[int | None, _WHOLE]
"""`output_size` or `block_num` of a space of whole networks, as files of PaddleSlim give them; a note says: ignored."""
UnusedMask = Annotated[list[int] | None, _WHOLE]
"""`block_mask` of a space of whole networks, likewise."""
ImageSize = Annotated[int | None, Ignored()]
"""`input_size` of a space of whole networks: height and width of the images that costs are counted for."""


def halving_mask(
    block_mask: Sequence[int] | None = None,
    input_size: int | None = None,
    output_size: int | None = None,
    block_num: int | None = None,
    *,
    strict: bool = False,
) -> Mask:
    """Return one 0 or 1 for each block: 1 where the block halves the height and width of its input.

    The mask is `block_mask`, or follows from `input_size`, `output_size` and `block_num`: the halvings between the two
    sizes are spread evenly, each at the first block of its stage. Half of an odd size is rounded up (7 → 4). If no
    number of halvings leads to `output_size`, the nearest size that can be reached is taken, with one warning.

    Args:
        block_mask: one 0 or 1 for each block.
        input_size: height and width in pixels of the input of the first block.
        output_size: height and width in pixels of the output of the last block.
        block_num: number of blocks.
        strict: raise an error, instead of a warning, if `output_size` cannot be reached exactly.

    Raises:
        ValueError: neither the mask nor all three numbers are given, two arguments contradict each other, there are
            fewer blocks than halvings, or `strict` is set and `output_size` cannot be reached exactly.
    """
    if block_mask is None:
        if input_size is None or output_size is None or block_num is None:
            raise ValueError(_missing(input_size=input_size, output_size=output_size, block_num=block_num))
        return spread(halvings_between(input_size, output_size, strict=strict), block_num)
    mask = tuple(block_mask)
    _check_mask(mask, block_num)
    if input_size is not None and output_size is not None:
        _check_sizes(mask, input_size, output_size, halvings_between(input_size, output_size, strict=strict))
    return mask


def halvings_between(input_size: int, output_size: int, *, strict: bool = False) -> int:
    """Return the number of halvings that lead from one size to the other, or to the nearest size that can be reached.

    Of two sizes that are equally near, the larger is taken.

    Raises:
        ValueError: a size is below 1, `output_size` is above `input_size`, or `strict` is set and `output_size` cannot
            be reached exactly.
    """
    _check_count("input_size", input_size)
    _check_count("output_size", output_size)
    if output_size > input_size:
        raise ValueError(f"output_size {output_size} is larger than input_size {input_size}; blocks only halve")
    sizes = reachable_sizes(input_size)
    nearest = min(sizes, key=lambda size: (abs(size - output_size), -size))
    if nearest != output_size:
        exact = ", ".join(map(str, sizes))
        if strict:
            raise ValueError(f"input_size {input_size} cannot be halved to {output_size}; take one of {exact}")
        warn(f"input_size {input_size} cannot be halved to {output_size}; {nearest} is taken, of {exact}", stacklevel=4)
    return sizes.index(nearest)


def reachable_sizes(size: int) -> list[int]:
    """Return the sizes that halving reaches, from the size itself down to 1 (half of an odd size is rounded up)."""
    sizes = [size]
    while sizes[-1] > 1:
        sizes.append(-(-sizes[-1] // 2))
    return sizes


def spread(times: int, blocks: int) -> Mask:
    """Return a mask with a one at the first block of each of `times` stages, whose lengths differ by at most one block.

    Raises:
        ValueError: `blocks` is below 1, or below `times`.
    """
    _check_count("block_num", blocks)
    if times > blocks:
        raise ValueError(f"{times} halvings need at least {times} blocks, but block_num is {blocks}")
    starts = {stage * blocks // times for stage in range(times)}
    return tuple(int(block in starts) for block in range(blocks))


def block_order(mask: Sequence[int], *, as_published: bool = False) -> Order:
    """Return the group of tokens of each block, in order, and whether it halves: the groups of a mask one by one.

    With `as_published`, the blocks of a mask that was spread are those of PaddleSlim: every stage starts with a block
    that halves and reads a group of its own, and the second block of a stage reads the same group again; groups that no
    block reads have no effect.

    Raises:
        ValueError: `as_published` is set and no block halves, for which PaddleSlim has no order.
    """
    if not as_published:
        return tuple(enumerate(mask))
    halved, blocks = sum(mask), len(mask)
    if not halved:
        raise ValueError("as_published needs an output_size below input_size; PaddleSlim builds no other network")
    rounds, rest = divmod(blocks, halved)
    order: list[tuple[int, int]] = []
    for group in range(halved):
        order += [(group, 1), *((turn * halved + group, 0) for turn in range(rounds - 1))]
        if halved - group <= rest:
            order.append(((rounds - 1) * halved + group, 0))
    return tuple(order)


def group_widths(order: Order, first: int) -> list[int]:
    """Return the width of each group of tokens: that of the first block that reads it, as `doubling_widths` has it."""
    widths = doubling_widths([halves for _, halves in order], first)
    of_group = {group: width for (group, _), width in zip(reversed(order), reversed(widths), strict=True)}
    return [of_group.get(group, first) for group in range(len(order))]


def doubling_widths(mask: Sequence[int], first: int) -> list[int]:
    """Return the width of each block: `first`, doubled at every halving up to and including this block."""
    return [first * 2 ** sum(mask[: block + 1]) for block in range(len(mask))]


def _check_mask(mask: Mask, block_num: int | None) -> None:
    if not mask:
        raise ValueError("block_mask is empty; write one 0 or 1 a block")
    for index, value in enumerate(mask):
        if type(value) is not int or value not in (0, 1):
            raise ValueError(f"block_mask holds 0 and 1 only, but element {index} is {value!r}")
    if block_num not in (None, len(mask)):
        raise ValueError(f"block_mask has {len(mask)} elements, but block_num is {block_num}; leave one of the two out")


def _check_sizes(mask: Mask, input_size: int, output_size: int, times: int) -> None:
    if sum(mask) != times:
        raise ValueError(
            f"input_size {input_size} to output_size {output_size} takes {times} halvings, "
            f"but block_mask has {sum(mask)}; leave the mask or the sizes out"
        )


def _check_count(name: str, value: int) -> None:
    if value < 1:
        raise ValueError(f"{name} is {value}; it must be at least 1")


def _missing(**given: int | None) -> str:
    missing = [name for name, value in given.items() if value is None]
    return f"cannot tell which blocks halve; give block_mask, or {', '.join(missing)}"
