"""How a parameter is cut out of a larger one: the leading channels, those of each group, the centre of a kernel."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from types import MappingProxyType

from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

_GATES = MappingProxyType({nn.LSTM: 4, nn.LSTMCell: 4, nn.GRU: 3, nn.GRUCell: 3})
"""Class → the number of matrices that stand one below the other in its weights."""
_PROJECTIONS = 3
"""Those of queries, keys and values, which `nn.MultiheadAttention` holds in one weight."""


@dataclass(frozen=True)
class Slice:
    """The place of a parameter in a larger one.

    `shape` is that of the parameter. `sizes` is the same with axes split into what is cut on its own: the channels of a
    grouped convolution into groups and channels of each. The last `centred` axes are cut from the centre, all others
    from the start.
    """

    shape: tuple[int, ...]
    sizes: tuple[int, ...]
    centred: int = 0

    def of(self, whole: Tensor) -> Tensor:
        """Return the parameter that is cut from a tensor with axes like `sizes`: a view, where strides allow one."""
        return self.window(whole).reshape(self.shape)

    def window(self, whole: Tensor) -> Tensor:
        """Return the same values as a view, with the axes of `sizes`."""
        for axis, size in enumerate(self.sizes):
            if (have := whole.shape[axis]) != size:
                start = (have - size) // 2 if axis >= len(self.sizes) - self.centred else 0
                whole = whole.narrow(axis, start, size)
        return whole

    @property
    def numel(self) -> int:
        """The number of values of the parameter."""
        return prod(self.shape)


def covering(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    """Return the sizes of the smallest tensor from which both can be cut."""
    return tuple(map(max, one, other))


def slice_of(owner: nn.Module, name: str, parameter: Tensor) -> tuple[str, Slice]:
    """Return how a parameter of a module is cut, and what it must share to come from the same tensor.

    Parameters that are cut in different ways, such as the weights of convolutions with other numbers of groups, come
    from different tensors.
    """
    shape = tuple(parameter.shape)
    if isinstance(owner, _ConvNd) and name in ("weight", "bias"):
        return _convolution(owner, name, shape)
    blocks = _blocks(owner, name)
    if blocks and shape and shape[0] % blocks == 0:
        return "", Slice(shape, (blocks, shape[0] // blocks, *shape[1:]))
    return f"{len(shape)} axes", Slice(shape, shape)


def _convolution(owner: _ConvNd, name: str, shape: tuple[int, ...]) -> tuple[str, Slice]:
    groups, transposed = owner.groups, isinstance(owner, _ConvTransposeNd)
    each = owner.out_channels // groups
    depthwise = groups > 1 and groups == owner.in_channels
    tag = f"{groups} groups" if not depthwise else "depthwise" if each == 1 else f"depthwise, {each} each"
    if name == "bias":
        return tag, Slice(shape, (groups, shape[0] // groups))
    outer = (groups, shape[0] // groups, *shape[1:])
    return f"{tag}{', transposed' if transposed else ''}", Slice(shape, outer, centred=len(shape) - 2)


def _blocks(owner: nn.Module, name: str) -> int:
    """Return the number of matrices that stand one below the other in a weight, 0 where it is one matrix."""
    if isinstance(owner, nn.MultiheadAttention) and name.startswith("in_proj_"):
        return _PROJECTIONS
    gates = [count for kind, count in _GATES.items() if isinstance(owner, kind) and not name.startswith("weight_hr")]
    return gates[0] if gates else 0
