"""Lays networks out in memory for a CPU: channels-last, which is faster, but where a gradient would corrupt memory."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only

BLOCK = 16
"""The most channels that oneDNN's 1×1 kernels take at once: 16 with AVX-512, 8 with AVX2."""
_BATCH = 2


def overruns(weight: Sequence[int], stride: Sequence[int]) -> bool:
    """Tell whether the gradient of a convolution of this weight may write past its memory in channels-last.

    It does where the kernel is 1×1 with a stride, and a group has fewer channels than oneDNN's kernel takes at once:
    that copies the pixels which the stride leaves into a space booked for the channels there are, in steps as long as
    a block (https://github.com/uxlfoundation/oneDNN/issues/6035). `weight` is (out, in / groups, ...), of a transposed
    convolution (in, out / groups, ...): either way the channels of the larger image come second.
    """
    _, channels, *kernel = weight
    return max(kernel) == 1 and max(stride) > 1 and channels < BLOCK


def lay_out(network: nn.Module, input_shape: Sequence[int], channels_last: bool) -> nn.Module:
    """Lay a network out, in place, for images of `input_shape`, (C, H, W), on a CPU; return what to run in its stead.

    It is channels-last where that is asked for and none of its convolutions `overruns`: neither one of its modules,
    nor one that runs when a copy is tried on two images of noise, in training and in evaluation mode. A network that
    lays out tensors itself, or that cannot be tried, is returned inside one that keeps its convolutions plain.

    Raises ValueError where not even that keeps it from such a convolution in channels-last.
    """
    set_layout(network, torch.contiguous_format)
    tried = _tried(network, input_shape)
    if tried is not None and all(tried):
        if channels_last and not tried and not any(map(_holds_overrun, network.modules())):
            set_layout(network, torch.channels_last)
        return network
    kept = Plain(network)
    if not all(_tried(kept, input_shape) or ()):
        raise ValueError(
            f"the network runs a 1×1 convolution with a stride on fewer than {BLOCK} channels, in channels-last and "
            "from code that is not Python; its gradient would corrupt memory there; call contiguous() before it"
        )
    return kept


def set_layout(network: nn.Module, layout: torch.memory_format) -> None:
    """Lay out, in place, the parameters and buffers that have a layout: those of four dimensions."""
    for tensor in (*network.parameters(), *network.buffers()):
        if tensor.dim() == 4:
            tensor.data = tensor.data.to(memory_format=layout)


def plain(tensor: Tensor) -> Tensor:
    """Return a tensor that torch does not take for channels-last: this one, or a copy.

    Not `contiguous`, which leaves strides that mean both: those of one channel, or of one pixel.
    """
    return tensor.to(memory_format=torch.contiguous_format)


class PlainConvolutions(TorchFunctionMode):
    """Inside it every convolution runs on plain tensors, and so does its gradient later."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Call the function; lay out the tensors of a convolution before."""
        kwargs = kwargs or {}
        if "conv" in getattr(func, "__name__", ""):
            args, kwargs = tree_map_only(Tensor, plain, (args, kwargs))
        return func(*args, **kwargs)


class Plain(nn.Module):
    """Runs a network inside `PlainConvolutions`."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Any:
        """Return what the network puts out."""
        with PlainConvolutions():
            return self.network(images)


class Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes, of every convolution inside it that `overruns`, whether its tensors are plain; it runs on such as are."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.plain: list[bool] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else torch imports its compiler, for seconds, at the first operation

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Look at the operation, and run it."""
        kwargs = kwargs or {}
        if func._schema.name.endswith("convolution"):
            names = [argument.name for argument in func._schema.arguments]
            given = {**dict(zip(names, args, strict=False)), **kwargs}
            if overruns(given["weight"].shape, given["stride"]):
                laid = {name: plain(given[name]) for name in (names[0], "weight")}
                self.plain.append(all(given[name] is tensor for name, tensor in laid.items()))
                args, kwargs = (), given | laid
        return func(*args, **kwargs)


def _tried(network: nn.Module, input_shape: Sequence[int]) -> list[bool] | None:
    """Return what `Watch` notes while a copy runs in training and in evaluation mode; None where it does not run."""
    watch = Watch()
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(0)
            images, clone = torch.randn(_BATCH, *input_shape, dtype=_dtype(network)), copy.deepcopy(network)
            for training in (True, False):
                clone.train(training)
                with watch:
                    clone(images)
    except Exception:  # whatever it was: if it is the network's fault, its training will say so
        return None
    return watch.plain


def _dtype(network: nn.Module) -> torch.dtype:
    return next((one.dtype for one in network.parameters() if one.is_floating_point()), torch.float32)


def _holds_overrun(module: nn.Module) -> bool:
    return isinstance(module, nn.modules.conv._ConvNd) and overruns(module.weight.shape, module.stride)
