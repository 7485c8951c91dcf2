"""The plain simulation that quantised networks of the zoo are measured against: 8 bits, minimum and maximum.

Weights have one scale for each output channel, inputs of convolutions and linear layers one scale and one zero point.
"""

import copy
from collections.abc import Mapping

import fgspace
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

_PRODUCTS = {F.conv1d: 0, F.conv2d: 0, F.linear: 0, torch.conv1d: 0, torch.conv2d: 0, torch.addmm: 1}
"""A function that multiplies inputs by weights → the dim of its weights that is the output channels."""


class Plain(TorchFunctionMode):
    """Rounds what convolutions and linear layers read; before that, `observing`, it only looks at their inputs."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self._model = model
        self._parameters = {id(one) for one in model.parameters()}
        self._ranges: dict[int, tuple[Tensor, Tensor]] = {}
        self._calls = 0
        self.observing = True

    def __call__(self, given):
        """Run the model on inputs."""
        self._calls = 0
        with self, torch.no_grad():
            return fgspace.trace.call(self._model, given)

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func not in _PRODUCTS:
            return func(*args, **kwargs)
        start, args = (args[:1], args[1:]) if func is torch.addmm else ((), args)
        x, weight, *rest = args
        if func in (F.linear, torch.addmm) and id(weight) not in self._parameters:
            return func(*start, *args, **kwargs)
        return func(*start, self._input(x), _weight(weight, _PRODUCTS[func]), *rest, **kwargs)

    def _input(self, x: Tensor) -> Tensor:
        number, self._calls = self._calls, self._calls + 1
        if self.observing:
            low, high = self._ranges.get(number, (torch.zeros(()), torch.zeros(())))
            self._ranges[number] = torch.minimum(low, x.min()), torch.maximum(high, x.max())
            return x
        low, high = self._ranges[number]
        scale = ((high - low) / 255).clamp(min=1e-12)
        return torch.fake_quantize_per_tensor_affine(x, float(scale), int(torch.round(-low / scale)), 0, 255)


def _weight(weight: Tensor, channels: int) -> Tensor:
    others = tuple(dim for dim in range(weight.dim()) if dim != channels)
    scale = (weight.abs().amax(others) / 127).clamp(min=1e-12)
    zero_points = torch.zeros(len(scale), dtype=torch.int32)
    return torch.fake_quantize_per_channel_affine(weight, scale, zero_points, channels, -127, 127)


def plain(model: nn.Module, batches) -> Plain:
    """Return a model, in evaluation mode, quantised by the ranges that its tensors have on batches of inputs.

    Batch norms stay as they are.
    """
    made = Plain(copy.deepcopy(model).eval())
    for batch in batches:
        made(batch)
    made.observing = False
    return made


def apart(one, other) -> float:
    """Return the largest ‖difference‖ / ‖second‖ of the outputs of two networks."""
    pairs = zip(_floats(one), _floats(other), strict=True)
    return max(float((first - second).norm() / second.norm()) for first, second in pairs)


def _floats(output) -> list[Tensor]:
    """Return the tensors of floats in an output, which may be a mapping."""
    leaves = tree_leaves(dict(output) if isinstance(output, Mapping) else output)
    return [leaf for leaf in leaves if isinstance(leaf, Tensor) and leaf.is_floating_point()]
