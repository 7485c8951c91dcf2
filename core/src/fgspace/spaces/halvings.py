"""Where the blocks of a block space halve the resolution: as a mask says, or spread evenly over the blocks."""

from collections.abc import Sequence
from warnings import warn

Mask = tuple[int, ...]


def halving_mask(
    block_mask: Sequence[int] | None = None,
    input_size: int | None = None,
    output_size: int | None = None,
    block_num: int | None = None,
    *,
    strict: bool = False,
) -> Mask:
    """Return one 0 or 1 a block: 1 where the block halves the height and width of what it gets.

    Either `block_mask` says it, or it follows from `input_size`, `output_size` and `block_num`: the halvings between
    the two sizes are spread evenly, each at the first block of its stage. An odd size is halved upwards (7 → 4). Where
    no number of halvings ends at `output_size`, the nearest size that one does end at is taken, with one warning.

    Args:
        block_mask: one 0 or 1 a block.
        input_size: height and width in pixels of what the first block gets.
        output_size: height and width in pixels of what the last block puts out.
        block_num: number of blocks.
        strict: make an `output_size` that cannot be met exactly an error.

    Raises:
        ValueError: nothing says where to halve, or two of the arguments disagree, or a size cannot be met with these
            blocks; and, where `strict`, an `output_size` that cannot be met exactly.
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
    """Return how many halvings lead from one size to the other, or to the reachable size nearest to it.

    Of two sizes equally near, the larger is taken.

    Raises:
        ValueError: a size is below 1, or `output_size` is the larger one, or `strict` and it is not met exactly.
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
    """Return the sizes that halving reaches, from the size itself down to 1 (an odd size is halved upwards)."""
    sizes = [size]
    while sizes[-1] > 1:
        sizes.append(-(-sizes[-1] // 2))
    return sizes


def spread(times: int, blocks: int) -> Mask:
    """Return a mask with that many ones, each at the first block of one of so many stages of even length.

    Stages differ by one block at most.

    Raises:
        ValueError: there is no block, or there are more halvings than blocks.
    """
    _check_count("block_num", blocks)
    if times > blocks:
        raise ValueError(f"{times} halvings need at least {times} blocks, but block_num is {blocks}")
    starts = {stage * blocks // times for stage in range(times)}
    return tuple(int(block in starts) for block in range(blocks))


def doubling_widths(mask: Sequence[int], first: int) -> list[int]:
    """Return a width a block: `first`, doubled at every halving of the mask, that of the block itself included."""
    return [first * 2 ** sum(mask[: block + 1]) for block in range(len(mask))]


def _check_mask(mask: Mask, block_num: int | None) -> None:
    if not mask:
        raise ValueError("block_mask is empty; write one 0 or 1 a block")
    for index, value in enumerate(mask):
        if type(value) is not int or value not in (0, 1):
            raise ValueError(f"block_mask holds 0 and 1 only, but element {index} is {value!r}")
    if block_num not in (None, len(mask)):
        raise ValueError(f"block_mask is of {len(mask)} blocks, but block_num is {block_num}; leave one of the two out")


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
    return f"where to halve is not said: give block_mask, or {', '.join(missing)}"
