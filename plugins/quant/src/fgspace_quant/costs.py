"""Counts the costs of a quantised network from the rows of its layers, without building it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil, prod
from typing import Any

from fgspace_quant.bits import FLOAT, Bits

QUANTISED = ("Conv2d", "Linear")
"""The types of layers that are quantised."""
FUNCTIONS = ("addmm", "linear", "matmul", "mm")
"""Functions that multiply an input by a matrix, as `Linear` does: they are layers if the matrix is a parameter."""
TABLES = ("Embedding", "EmbeddingBag")
"""The types of layers that take rows of their weights, which stay float."""
BUFFER = "Buffer"
"""The type of the rows of numbers that are no parameters, and that the code of a module reads."""
UNUSED = "Unused"
"""The type of the rows of parameters that the network does not read: no deployed file has them."""


def costs(layers: Sequence[Any], bits: Mapping[str, Bits], folds: Mapping[str, str] | None = None) -> dict[str, float]:
    """Return the costs of a network by name, for one image.

    `layers` are rows as `fgspace.Layer`, in the order in which they run. `bits` are those of the layers, by path.
    `folds` names the batch norm that is folded into each layer, by path; without it, see `folds_of`.

    bops: multiply-adds × bits of weights × bits of activations; a float layer counts 32 × 32.
    weight_bytes: weights at their bits (8 for 8-bit weights that use 7), and four bytes for each scale, bias and other
    parameter and number that the network reads: at 8 bits, and at 4 where the export packs them, the bytes of the
    tensors in the exported file, but for zero points, which are zero, and the single numbers of activations. A folded
    batch norm counts as one bias for each channel, any other with running statistics as four numbers. A layer that runs
    several times counts once, though the file has a bias for each of its quantised inputs. Where no activation is
    quantised, the exporter may fold further norms, and the file is smaller.
    act_bytes_peak: the largest sum of bytes that one layer reads and writes, each tensor at its bits.
    vega_flops, vega_params: the counts of Vega. For a quantised layer, multiply-adds × the sum of both bits, and
    weights × bits; for a skipped layer, multiply-adds and parameters.
    """
    return {
        "bops": sum(row.macs * _of(row, bits).weight * _of(row, bits).activation for row in layers),
        "weight_bytes": _weight_bytes(layers, bits, folds_of(layers) if folds is None else folds),
        "act_bytes_peak": _act_bytes_peak(layers, bits),
        "vega_flops": sum(row.macs * _vega_factor(_of(row, bits)) for row in layers),
        "vega_params": sum(_vega_params(row, bits) for row in layers),
    }


def _of(row: Any, bits: Mapping[str, Bits]) -> Bits:
    return bits.get(row.path, Bits(skipped=True))


def _vega_factor(bits: Bits) -> int:
    return 1 if bits.skipped else bits.weight + bits.activation


def _vega_params(row: Any, bits: Mapping[str, Bits]) -> int:
    if not row.macs:
        return 0
    found = _of(row, bits)
    return row.params if found.skipped else _weights_and_biases(row)[0] * found.weight


def _weights_and_biases(row: Any) -> tuple[int, int]:
    """Return the numbers of weights and of biases of a convolution or linear layer."""
    if not row.params:
        return 0, 0
    weights = row.macs // (prod(row.out_shape) // _channels(row))
    return weights, row.params - weights


def folds_of(layers: Sequence[Any]) -> dict[str, str]:
    """Return the batch norm that is folded into each layer, by path: the only reader of the layer's output."""
    runs = Counter(row.path for row in layers)
    once = {row.path: row for row in layers if runs[row.path] == 1}
    pairs = ((once[row.reads], row) for row in once.values() if row.reads in once)
    return {layer.path: norm.path for layer, norm in pairs if _is_folded(layer, norm)}


def _is_folded(layer: Any, norm: Any) -> bool:
    by_channel = layer.type == "Conv2d" or (layer.type == "Linear" and len(layer.out_shape) == 1)
    return by_channel and norm.type in ("BatchNorm1d", "BatchNorm2d") and norm.statistics


def _weight_bytes(layers: Sequence[Any], bits: Mapping[str, Bits], folds: Mapping[str, str]) -> int:
    norms = set(folds.values())  # a norm is counted once: with its layer, or in its first run
    total = 0
    for row in layers:
        if row.type in QUANTISED:
            total += _layer_bytes(row, _of(row, bits), row.path in folds)
        elif row.type == BUFFER:
            total += 4 * prod(row.out_shape)
        elif not row.statistics:
            total += 0 if row.type == UNUSED else 4 * row.params
        elif row.path not in norms:
            norms.add(row.path)
            total += 4 * 4 * row.out_shape[0]
    return total


def _layer_bytes(row: Any, bits: Bits, with_norm: bool) -> int:
    weights, biases = _weights_and_biases(row)
    if not weights:
        return 0
    scales = _channels(row) if bits.weight < FLOAT else 0
    return ceil(weights * bits.weight / 8) + 4 * (scales + (_channels(row) if with_norm else biases))


def _channels(row: Any) -> int:
    channels: int = row.out_shape[-3 if row.type == "Conv2d" else -1]
    return channels


def _act_bytes_peak(layers: Sequence[Any], bits: Mapping[str, Bits]) -> int:
    """Return the largest sum of bytes read and written by a convolution or linear layer.

    The tensor that a layer writes has the bits of the next layer's input.
    """
    rows = [row for row in layers if row.type in QUANTISED]
    reads = [_of(row, bits).activation for row in rows]
    writes = [*reads[1:], FLOAT][: len(reads)]
    return max(
        (
            ceil(prod(row.in_shape) * read / 8) + ceil(prod(row.out_shape) * write / 8)
            for row, read, write in zip(rows, reads, writes, strict=True)
        ),
        default=0,
    )
