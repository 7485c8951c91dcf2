"""The layers of a block in short: how many of which kind, and with which kernel."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from fgspace.network.costs import Layer, Shape, is_many

_NORMS = ("Norm", "PReLU")


class Content(NamedTuple):
    """Layers of one kind: `conv`, `linear`, `pool`, or the type; `kernel` is None where the rows do not tell it."""

    number: int
    kind: str
    kernel: int | None = None

    def __str__(self) -> str:
        size = f" {self.kernel}×{self.kernel}" if self.kernel else ""
        return f"{self.number if self.number > 1 else ''} {self.kind}{size}".strip()


def contents(rows: Sequence[Layer]) -> tuple[Content, ...]:
    """Return the layers with weights, and the pooling, in order of first use; norms and activations are left out."""
    counts = Counter(found for row in rows if (found := _kind(row)) is not None)
    return tuple(Content(count, *found) for found, count in counts.items())


def _kind(row: Layer) -> tuple[str, int | None] | None:
    if "Pool" in row.type:
        return "pool", None
    if row.type.startswith(("Conv", "LazyConv")):
        return _convolution(row)
    if row.type == "Linear":
        return "linear", None
    if row.type in ("matmul", "scaled_dot_product_attention"):
        return "attention", None
    if row.params and row.type not in ("Parameter", "Unused") and not any(norm in row.type for norm in _NORMS):
        return row.type, None
    return None


def _convolution(row: Layer) -> tuple[str, int | None]:
    """Return the kind and the kernel of a convolution, as its multiply-adds tell it.

    Each value of the output takes kernel² · channels / groups of them. The kernel is left out where the multiply-adds
    allow two kernels, or one that is not square.
    """
    if row.type != "Conv2d" or not _is_map(row.in_shape) or not _is_map(row.out_shape):
        return row.type.lower().replace("conv", "conv ", 1).strip() if row.type != "Conv2d" else "conv", None
    each, rest = divmod(row.macs, math.prod(row.out_shape))
    channels = row.in_shape[0]
    dense = _root(each // channels) if not rest and each % channels == 0 else None
    depthwise = _root(each) if not rest and row.out_shape[0] % channels == 0 and channels > 1 else None
    if dense and depthwise:
        return "conv", None
    return ("depthwise", depthwise) if depthwise else ("conv", dense)


def _is_map(shape: Shape) -> bool:
    return len(shape) == 3 and not is_many(shape) and math.prod(shape) > 0


def _root(square: int) -> int | None:
    root = math.isqrt(square)
    return root if root * root == square and root % 2 == 1 else None
