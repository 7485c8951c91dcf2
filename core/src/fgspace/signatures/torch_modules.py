"""The signatures of the modules of torch that core has cost rules for, as functions: they are read without torch.

Written by tools/torch_signatures.py; run that where torch has changed.
"""

# mypy: ignore-errors
from typing import Any, Literal

VERSION = "2.13"
"""The release of torch that has these signatures."""


def AdaptiveAvgPool1d(output_size: int | None | tuple[int | None, ...]) -> None: ...


def AdaptiveAvgPool2d(output_size: int | None | tuple[int | None, ...]) -> None: ...


def AdaptiveAvgPool3d(output_size: int | None | tuple[int | None, ...]) -> None: ...


def AdaptiveMaxPool1d(output_size: int | None | tuple[int | None, ...], return_indices: bool = False) -> None: ...


def AdaptiveMaxPool2d(output_size: int | None | tuple[int | None, ...], return_indices: bool = False) -> None: ...


def AdaptiveMaxPool3d(output_size: int | None | tuple[int | None, ...], return_indices: bool = False) -> None: ...


def AlphaDropout(p: float = 0.5, inplace: bool = False) -> None: ...


def AvgPool1d(
    kernel_size: int | tuple[int],
    stride: int | tuple[int] = None,
    padding: int | tuple[int] = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> None: ...


def AvgPool2d(
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> None: ...


def AvgPool3d(
    kernel_size: int | tuple[int, int, int],
    stride: int | tuple[int, int, int] | None = None,
    padding: int | tuple[int, int, int] = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> None: ...


def BatchNorm1d(
    num_features: int,
    eps: float = 1e-05,
    momentum: float | None = 0.1,
    affine: bool = True,
    track_running_stats: bool = True,
    device: Any = None,
    dtype: Any = None,
    *,
    bias: bool = True,
) -> None: ...


def BatchNorm2d(
    num_features: int,
    eps: float = 1e-05,
    momentum: float | None = 0.1,
    affine: bool = True,
    track_running_stats: bool = True,
    device: Any = None,
    dtype: Any = None,
    *,
    bias: bool = True,
) -> None: ...


def BatchNorm3d(
    num_features: int,
    eps: float = 1e-05,
    momentum: float | None = 0.1,
    affine: bool = True,
    track_running_stats: bool = True,
    device: Any = None,
    dtype: Any = None,
    *,
    bias: bool = True,
) -> None: ...


def CELU(alpha: float = 1.0, inplace: bool = False) -> None: ...


def ChannelShuffle(groups: int) -> None: ...


def CircularPad1d(padding: int | tuple[int, int]) -> None: ...


def CircularPad2d(padding: int | tuple[int, int, int, int]) -> None: ...


def CircularPad3d(padding: int | tuple[int, int, int, int, int, int]) -> None: ...


def ConstantPad1d(padding: int | tuple[int, int], value: float) -> None: ...


def ConstantPad2d(padding: int | tuple[int, int, int, int], value: float) -> None: ...


def ConstantPad3d(padding: int | tuple[int, int, int, int, int, int], value: float) -> None: ...


def Conv1d(
    in_channels: int,
    out_channels: int,
    kernel_size: int | tuple[int],
    stride: int | tuple[int] = 1,
    padding: str | int | tuple[int] = 0,
    dilation: int | tuple[int] = 1,
    groups: int = 1,
    bias: bool = True,
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
    device: Any = None,
    dtype: Any = None,
) -> None: ...


def Conv2d(
    in_channels: int,
    out_channels: int,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] = 1,
    padding: str | int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
    bias: bool = True,
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
    device: Any = None,
    dtype: Any = None,
) -> None: ...


def Conv3d(
    in_channels: int,
    out_channels: int,
    kernel_size: int | tuple[int, int, int],
    stride: int | tuple[int, int, int] = 1,
    padding: str | int | tuple[int, int, int] = 0,
    dilation: int | tuple[int, int, int] = 1,
    groups: int = 1,
    bias: bool = True,
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
    device: Any = None,
    dtype: Any = None,
) -> None: ...


def ConvTranspose1d(
    in_channels: int,
    out_channels: int,
    kernel_size: int | tuple[int],
    stride: int | tuple[int] = 1,
    padding: int | tuple[int] = 0,
    output_padding: int | tuple[int] = 0,
    groups: int = 1,
    bias: bool = True,
    dilation: int | tuple[int] = 1,
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
    device: Any = None,
    dtype: Any = None,
) -> None: ...


def ConvTranspose2d(
    in_channels: int,
    out_channels: int,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    output_padding: int | tuple[int, int] = 0,
    groups: int = 1,
    bias: bool = True,
    dilation: int | tuple[int, int] = 1,
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
    device: Any = None,
    dtype: Any = None,
) -> None: ...


def ConvTranspose3d(
    in_channels: int,
    out_channels: int,
    kernel_size: int | tuple[int, int, int],
    stride: int | tuple[int, int, int] = 1,
    padding: int | tuple[int, int, int] = 0,
    output_padding: int | tuple[int, int, int] = 0,
    groups: int = 1,
    bias: bool = True,
    dilation: int | tuple[int, int, int] = 1,
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
    device: Any = None,
    dtype: Any = None,
) -> None: ...


def Dropout(p: float = 0.5, inplace: bool = False) -> None: ...


def Dropout1d(p: float = 0.5, inplace: bool = False) -> None: ...


def Dropout2d(p: float = 0.5, inplace: bool = False) -> None: ...


def Dropout3d(p: float = 0.5, inplace: bool = False) -> None: ...


def ELU(alpha: float = 1.0, inplace: bool = False) -> None: ...


def Embedding(
    num_embeddings: int,
    embedding_dim: int,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
    _weight: Any = None,
    _freeze: bool = False,
    device: Any = None,
    dtype: Any = None,
) -> None: ...


def FeatureAlphaDropout(p: float = 0.5, inplace: bool = False) -> None: ...


def Flatten(start_dim: int = 1, end_dim: int = -1) -> None: ...


def GELU(approximate: str = "none") -> None: ...


def GLU(dim: int = -1) -> None: ...


def GroupNorm(
    num_groups: int,
    num_channels: int,
    eps: float = 1e-05,
    affine: bool = True,
    device: Any = None,
    dtype: Any = None,
    *,
    bias: bool = True,
) -> None: ...


def Hardshrink(lambd: float = 0.5) -> None: ...


def Hardsigmoid(inplace: bool = False) -> None: ...


def Hardswish(inplace: bool = False) -> None: ...


def Hardtanh(
    min_val: float = -1.0,
    max_val: float = 1.0,
    inplace: bool = False,
    min_value: float | None = None,
    max_value: float | None = None,
) -> None: ...


def Identity(*args: Any, **kwargs: Any) -> None: ...


def InstanceNorm1d(
    num_features: int,
    eps: float = 1e-05,
    momentum: float = 0.1,
    affine: bool = False,
    track_running_stats: bool = False,
    device: Any = None,
    dtype: Any = None,
    *,
    bias: bool = True,
) -> None: ...


def InstanceNorm2d(
    num_features: int,
    eps: float = 1e-05,
    momentum: float = 0.1,
    affine: bool = False,
    track_running_stats: bool = False,
    device: Any = None,
    dtype: Any = None,
    *,
    bias: bool = True,
) -> None: ...


def InstanceNorm3d(
    num_features: int,
    eps: float = 1e-05,
    momentum: float = 0.1,
    affine: bool = False,
    track_running_stats: bool = False,
    device: Any = None,
    dtype: Any = None,
    *,
    bias: bool = True,
) -> None: ...


def LPPool1d(
    norm_type: float,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...] | None = None,
    ceil_mode: bool = False,
) -> None: ...


def LPPool2d(
    norm_type: float,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...] | None = None,
    ceil_mode: bool = False,
) -> None: ...


def LPPool3d(
    norm_type: float,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...] | None = None,
    ceil_mode: bool = False,
) -> None: ...


def LayerNorm(
    normalized_shape: Any,
    eps: float = 1e-05,
    elementwise_affine: bool = True,
    bias: bool = True,
    device: Any = None,
    dtype: Any = None,
) -> None: ...


def LeakyReLU(negative_slope: float = 0.01, inplace: bool = False) -> None: ...


def Linear(in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None: ...


def LocalResponseNorm(size: int, alpha: float = 0.0001, beta: float = 0.75, k: float = 1.0) -> None: ...


def LogSigmoid(*args: Any, **kwargs: Any) -> None: ...


def LogSoftmax(dim: int | None = None) -> None: ...


def MaxPool1d(
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...] | None = None,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    return_indices: bool = False,
    ceil_mode: bool = False,
) -> None: ...


def MaxPool2d(
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...] | None = None,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    return_indices: bool = False,
    ceil_mode: bool = False,
) -> None: ...


def MaxPool3d(
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...] | None = None,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    return_indices: bool = False,
    ceil_mode: bool = False,
) -> None: ...


def Mish(inplace: bool = False) -> None: ...


def PReLU(num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None: ...


def PixelShuffle(upscale_factor: int) -> None: ...


def PixelUnshuffle(downscale_factor: int) -> None: ...


def RMSNorm(
    normalized_shape: Any,
    eps: float | None = None,
    elementwise_affine: bool = True,
    device: Any = None,
    dtype: Any = None,
) -> None: ...


def RReLU(lower: float = 0.125, upper: float = 0.3333333333333333, inplace: bool = False) -> None: ...


def ReLU(inplace: bool = False) -> None: ...


def ReLU6(inplace: bool = False) -> None: ...


def ReflectionPad1d(padding: int | tuple[int, int]) -> None: ...


def ReflectionPad2d(padding: int | tuple[int, int, int, int]) -> None: ...


def ReflectionPad3d(padding: int | tuple[int, int, int, int, int, int]) -> None: ...


def ReplicationPad1d(padding: int | tuple[int, int]) -> None: ...


def ReplicationPad2d(padding: int | tuple[int, int, int, int]) -> None: ...


def ReplicationPad3d(padding: int | tuple[int, int, int, int, int, int]) -> None: ...


def SELU(inplace: bool = False) -> None: ...


def SiLU(inplace: bool = False) -> None: ...


def Sigmoid(*args: Any, **kwargs: Any) -> None: ...


def Softmax(dim: int | None = None) -> None: ...


def Softmax2d(*args: Any, **kwargs: Any) -> None: ...


def Softmin(dim: int | None = None) -> None: ...


def Softplus(beta: float = 1.0, threshold: float = 20.0) -> None: ...


def Softshrink(lambd: float = 0.5) -> None: ...


def Softsign(*args: Any, **kwargs: Any) -> None: ...


def Tanh(*args: Any, **kwargs: Any) -> None: ...


def Tanhshrink(*args: Any, **kwargs: Any) -> None: ...


def Threshold(threshold: float, value: float, inplace: bool = False) -> None: ...


def Unflatten(dim: int, unflattened_size: Any) -> None: ...


def Upsample(
    size: int | tuple[int, ...] | None = None,
    scale_factor: float | tuple[float, ...] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
) -> None: ...


def UpsamplingBilinear2d(
    size: int | tuple[int, int] | None = None, scale_factor: float | tuple[float, float] | None = None
) -> None: ...


def UpsamplingNearest2d(
    size: int | tuple[int, int] | None = None, scale_factor: float | tuple[float, float] | None = None
) -> None: ...


def ZeroPad1d(padding: int | tuple[int, int]) -> None: ...


def ZeroPad2d(padding: int | tuple[int, int, int, int]) -> None: ...


def ZeroPad3d(padding: int | tuple[int, int, int, int, int, int]) -> None: ...
