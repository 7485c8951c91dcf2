"""Cost rules compared with torch: they count what torch runs, and refuse what torch refuses."""

import inspect
import re
import warnings
from math import prod

import pytest
import torch
from fgspace.network.count.rules import elementwise
from fgspace.plugins.registry import load_registry
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

RULES = {
    one.short_name: one.load() for one in load_registry().types if (one.kind, one.plugin) == ("cost_rule", "fgspace")
}
SMALL = st.integers(1, 4)
SIZES = st.integers(1, 9)
FLAG = st.booleans()


def truth(name, args, kwargs, shape):
    """Return the output of torch, or None if torch refuses the module or the input."""
    try:
        module = getattr(nn, name)(*args, **kwargs).eval()
        example = torch.zeros(1, *shape, dtype=torch.long if name == "Embedding" else None)
        with warnings.catch_warnings(), torch.no_grad(), FlopCounterMode(display=False) as counter:
            warnings.simplefilter("ignore")
            output = module(example)
    except (RuntimeError, TypeError, ValueError, IndexError, ZeroDivisionError):
        return None
    outputs = tuple(tuple(one.shape[1:]) for one in output) if isinstance(output, tuple) else tuple(output.shape[1:])
    return outputs, sum(parameter.numel() for parameter in module.parameters()), counter.get_total_flops() // 2


def counted(name, args, kwargs, shape):
    try:
        return RULES[name](shape, *args, **kwargs)
    except (TypeError, ValueError):
        return None


def assert_alike(name, args, kwargs, shape):
    expected = truth(name, args, kwargs, shape)
    got = counted(name, args, kwargs, shape)
    if expected is not None and 0 in torch.Size(_flat(expected[0])):
        assert got is None
    else:
        assert got == expected


def _flat(shape):
    return [size for one in shape for size in (one if isinstance(one, tuple) else (one,))]


def per_dim(element, dims):
    return st.one_of(element, st.tuples(*[element] * dims))


@st.composite
def convolutions(draw, transposed):
    dims = draw(st.integers(1, 3))
    groups = draw(st.integers(1, 3))
    channels = groups * draw(st.integers(1, 2))
    kwargs = {
        "in_channels": channels + draw(st.sampled_from([0, 0, 0, 0, 1])),
        "out_channels": groups * draw(st.integers(1, 2)) + draw(st.sampled_from([0, 0, 0, 0, 1])),
        "kernel_size": draw(per_dim(SMALL, dims)),
        "stride": draw(per_dim(st.integers(1, 3), dims)),
        "dilation": draw(per_dim(st.integers(1, 2), dims)),
        "groups": groups,
        "bias": draw(FLAG),
    }
    padding = per_dim(st.integers(0, 3), dims)
    if transposed:
        kwargs["padding"] = draw(padding)
        kwargs["output_padding"] = draw(per_dim(st.integers(0, 2), dims))
    else:
        kwargs["padding"] = draw(st.one_of(padding, st.sampled_from(["same", "valid"])))
        kwargs["padding_mode"] = draw(st.sampled_from(["zeros", "zeros", "reflect", "replicate", "circular"]))
    shape = (channels, *(draw(SIZES) for _ in range(dims)))
    return f"Conv{'Transpose' if transposed else ''}{dims}d", kwargs, shape


@settings(max_examples=150, deadline=None)
@given(convolutions(transposed=False))
def test_convolutions_are_counted_as_torch_counts_them(case):
    name, kwargs, shape = case
    assert_alike(name, (), kwargs, shape)


@settings(max_examples=150, deadline=None)
@given(convolutions(transposed=True))
def test_transposed_convolutions_are_counted_as_torch_counts_them(case):
    name, kwargs, shape = case
    assert_alike(name, (), kwargs, shape)


@st.composite
def poolings(draw):
    dims = draw(st.integers(1, 3))
    family = draw(st.sampled_from(["MaxPool", "AvgPool", "LPPool", "AdaptiveAvgPool", "AdaptiveMaxPool"]))
    shape = (draw(SMALL), *(draw(SIZES) for _ in range(dims)))
    if family.startswith("Adaptive"):
        element = st.one_of(SMALL, st.none()) if dims > 1 else SMALL
        return f"{family}{dims}d", {"output_size": draw(per_dim(element, dims))}, shape
    size = SMALL if family == "LPPool" else per_dim(SMALL, dims)
    kwargs = {
        "kernel_size": draw(size),
        "stride": draw(st.one_of(st.none(), size)),
        "ceil_mode": draw(FLAG),
    }
    if family == "LPPool":
        kwargs["norm_type"] = 2
    else:
        kwargs["padding"] = draw(per_dim(st.integers(0, 2), dims))
    if family == "MaxPool":
        kwargs["dilation"] = draw(per_dim(st.integers(1, 2), dims))
        kwargs["return_indices"] = draw(FLAG)
    return f"{family}{dims}d", kwargs, shape


@settings(max_examples=100, deadline=None)
@given(poolings())
def test_pooling_is_counted_as_torch_counts_it(case):
    name, kwargs, shape = case
    assert_alike(name, (), kwargs, shape)


NORMS = ["GroupNorm", "LayerNorm", *(f"{kind}Norm{dims}d" for kind in ("Batch", "Instance") for dims in (1, 2, 3))]


@st.composite
def normalisations(draw):
    name = draw(st.sampled_from(NORMS))
    dims = int(name[-2]) if name.endswith("d") else draw(st.integers(1, 3))
    shape = (draw(SMALL), *(draw(st.integers(2, 5)) for _ in range(dims)))
    if name == "BatchNorm1d" and draw(FLAG):
        shape = shape[:1]
    if name == "LayerNorm":
        last = draw(st.integers(1, len(shape)))
        wanted = shape[-last:] if draw(st.integers(0, 4)) else (7,)
        return name, {"normalized_shape": wanted, "elementwise_affine": draw(FLAG), "bias": draw(FLAG)}, shape
    if name == "GroupNorm":
        return name, {"num_groups": draw(SMALL), "num_channels": shape[0], "affine": draw(FLAG)}, shape
    tracked = len(shape) == 1 or draw(FLAG)  # else torch normalises the batch, and refuses a batch of one
    return name, {"num_features": shape[0], "affine": draw(FLAG), "track_running_stats": tracked}, shape


@settings(max_examples=150, deadline=None)
@given(normalisations())
def test_norms_are_counted_as_torch_counts_them(case):
    name, kwargs, shape = case
    assert_alike(name, (), kwargs, shape)


@st.composite
def paddings(draw):
    dims = draw(st.integers(1, 3))
    kind = draw(st.sampled_from(["Zero", "Constant", "Reflection", "Replication", "Circular"]))
    low = -2 if kind in ("Zero", "Constant") else 0
    padding = draw(st.one_of(st.integers(low, 3), st.tuples(*[st.integers(low, 3)] * (2 * dims))))
    args = (padding, 1.5) if kind == "Constant" else (padding,)
    return f"{kind}Pad{dims}d", args, (draw(SMALL), *(draw(SIZES) for _ in range(dims)))


@settings(max_examples=150, deadline=None)
@given(paddings())
def test_padding_is_counted_as_torch_counts_it(case):
    name, args, shape = case
    assert_alike(name, args, {}, shape)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(SMALL, min_size=1, max_size=4),
    st.integers(-5, 5),
    st.integers(-5, 5),
    st.sampled_from(["Flatten", "GLU", "Softmax", "Unflatten"]),
)
def test_dimensions_are_counted_from_either_end(shape, first, second, name):
    args = {
        "Flatten": (first, second),
        "GLU": (first,),
        "Softmax": (first,),
        "Unflatten": (first, (2, -1)),
    }[name]
    touches_batch = name != "Softmax" and (0 in (first, second) or -len(shape) - 1 in (first, second))
    if not touches_batch:
        assert_alike(name, args, {}, tuple(shape))


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear"]),
    st.integers(1, 3),
    st.one_of(st.none(), st.integers(1, 5), st.tuples(SMALL, SMALL)),
    st.one_of(st.none(), st.sampled_from([0.3, 0.5, 1.7, 2, 3])),
    st.lists(SIZES, min_size=4, max_size=4),
)
def test_upsampling_is_counted_as_torch_counts_it(mode, dims, size, factor, sizes):
    assert_alike("Upsample", (), {"size": size, "scale_factor": factor, "mode": mode}, tuple(sizes[: dims + 1]))


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_takes_what_its_module_takes(name):
    mine = list(inspect.signature(RULES[name]).parameters.values())[1:]
    theirs = inspect.signature(getattr(nn, name)).parameters.values()
    assert [(one.name, one.kind, one.default) for one in mine] == [(one.name, one.kind, one.default) for one in theirs]


CASES = [
    ("Linear", (6, 4), (6,)),
    ("Linear", (6, 4, False), (3, 5, 6)),
    ("Linear", (6, 4), (7,)),
    ("Embedding", (10, 3), (5,)),
    ("PReLU", (), (4, 3, 3)),
    ("PReLU", (4,), (4, 3, 3)),
    ("PReLU", (3,), (4, 3, 3)),
    ("PixelShuffle", (2,), (8, 3, 5)),
    ("PixelShuffle", (2,), (6, 3, 5)),
    ("PixelUnshuffle", (2,), (3, 4, 6)),
    ("PixelUnshuffle", (2,), (3, 4, 5)),
    ("ChannelShuffle", (2,), (4, 3, 3)),
    ("ChannelShuffle", (3,), (4, 3, 3)),
    ("UpsamplingNearest2d", (None, 2), (3, 4, 5)),
    ("UpsamplingBilinear2d", (7,), (3, 4, 5)),
    ("RMSNorm", (5,), (3, 5)),
    ("RMSNorm", ((3, 5), None, False), (3, 5)),
    ("LocalResponseNorm", (2,), (3, 5, 5)),
    ("Threshold", (0.1, 2.0), (3,)),
    ("Threshold", (0.1,), (3,)),
    ("Dropout", (1.5,), (3,)),
    ("Flatten", (), ()),
    ("Softmax2d", (), (3, 4, 4)),
    ("Softmax2d", (), (3,)),
    ("Identity", (54, "whatever"), (3, 2)),
    *((name, (), (3, 4, 4)) for name in sorted(vars(elementwise.RULES))),
]


@pytest.mark.parametrize(("name", "args", "shape"), CASES)
def test_the_rest_is_counted_as_torch_counts_it(name, args, shape):
    assert_alike(name, args, {}, shape)


REFUSALS = [
    ("Conv2d", (3, 8, 7), (3, 3, 3), "kernel of 7 does not fit an input of 3 x 3 with padding 0"),
    (
        "Conv2d",
        (3, 8, 3, 1, 0, 2),
        (3, 4, 4),
        "kernel of 3 with dilation 2 does not fit an input of 4 x 4 with padding 0",
    ),
    ("Conv2d", (3, 8, (1, 5)), (3, 4, 4), "kernel of 1 x 5 does not fit an input of 4 x 4 with padding 0"),
    ("Conv2d", (4, 8, 3), (3, 9, 9), "in_channels is 4, but the input has 3 channels; it is (3, 9, 9)"),
    ("Conv2d", (3, 8, 3), (3, 9), "takes an input of (C, H, W), but gets (3, 9)"),
    ("Conv2d", (3, 8, 3), ((3, 9, 9), (3, 9, 9)), "takes one tensor, but gets 2"),
    ("Conv2d", (3, 8, 3, 1, 0, 1, 2), (3, 9, 9), "groups of 2 do not divide in_channels of 3"),
    ("Conv2d", (4, 9, 3, 1, 0, 1, 2), (4, 9, 9), "groups of 2 do not divide out_channels of 9"),
    ("Conv2d", (3, 0, 3), (3, 9, 9), "out_channels must be at least 1, got 0"),
    ("Conv2d", (3, 8, (3, 3, 3)), (3, 9, 9), "kernel_size: expected 1 or 2 numbers, got 3"),
    ("Conv2d", (3, 8, 3, 2, "same"), (3, 9, 9), "padding 'same' needs a stride of 1, got 2"),
    ("Conv2d", (3, 8, 3, 1, "full"), (3, 9, 9), "padding must be 'same', 'valid' or numbers, got 'full'"),
    ("Conv2d", (3, 8, 3, 1, -1), (3, 9, 9), "padding must be at least 0, got -1"),
    (
        "Conv2d",
        (3, 8, 3, 1, 4, 1, 1, True, "reflect"),
        (3, 4, 4),
        "padding of 4 is too large to reflect an input of 4 x 4",
    ),
    (
        "Conv2d",
        (3, 8, 3, 1, 1, 1, 1, True, "mirror"),
        (3, 4, 4),
        "padding_mode must be 'zeros', 'reflect', 'replicate' or 'circular', got 'mirror'",
    ),
    ("ConvTranspose1d", (3, 8, 1, 1, 2), (3, 3), "padding of 2 leaves nothing of an input of 3"),
    ("ConvTranspose1d", (3, 8, 1, 2, 0, 2), (3, 3), "output_padding of 2 must be smaller than stride or dilation, 2"),
    (
        "ConvTranspose1d",
        (3, 8, 1, 1, 0, 0, 1, True, 1, "reflect"),
        (3, 3),
        "padding_mode must be 'zeros' for a transposed convolution, got 'reflect'",
    ),
    ("Linear", (512, 10), (256,), "in_features is 512, but the input has 256 features; it is (256,)"),
    ("BatchNorm2d", (8,), (4, 3, 3), "num_features is 8, but the input has 4 channels; it is (4, 3, 3)"),
    ("BatchNorm1d", (8,), (4, 3, 3), "takes an input of (C) or (C, L), but gets (4, 3, 3)"),
    ("InstanceNorm2d", (8,), (8, 1, 1), "needs more than one element for each channel, but gets (8, 1, 1)"),
    ("GroupNorm", (3, 8), (8, 2, 2), "num_groups of 3 do not divide num_channels of 8"),
    ("LayerNorm", (4,), (8, 2), "normalized_shape is (4,), but the input ends in (2,); it is (8, 2)"),
    ("MaxPool2d", (3,), (8, 2, 2), "kernel of 3 does not fit an input of 2 x 2 with padding 0"),
    ("MaxPool2d", (3, 1, 2), (8, 9, 9), "padding of 2 must be at most half of the kernel, 3"),
    (
        "AdaptiveAvgPool2d",
        (None,),
        (8, 9, 9),
        "output_size must be a number, or one for each size with None for one that stays; got None",
    ),
    ("Dropout1d", (), (8, 9, 9), "takes an input of (C) or (C, L), but gets (8, 9, 9)"),
    ("PReLU", (3,), (4, 2), "num_parameters is 3, but the input has 4 channels; it is (4, 2)"),
    ("Dropout", (2,), (4, 2), "p must be from 0 to 1, got 2"),
    ("GLU", (1,), (5, 2), "dimension 1 must be even to be halved, but the input is (5, 2)"),
    ("Softmax", (4,), (5, 2), "dim must be from 1 to 2 for an input of (5, 2), 0 being the batch; got 4"),
    ("Flatten", (0,), (5, 2), "dim must be from 1 to 2 for an input of (5, 2), 0 being the batch; got 0"),
    ("Flatten", (2, 1), (5, 2), "start_dim 2 comes after end_dim 1 for an input of (5, 2)"),
    ("Unflatten", (1, (2, 2)), (5, 2), "unflattened_size (2, 2) does not make 5; the input is (5, 2)"),
    ("Upsample", (), (5, 2), "expected either size or scale_factor, got neither"),
    ("Upsample", (2, 2), (5, 2), "expected either size or scale_factor, got both"),
    ("Upsample", (None, 0.2), (5, 2), "scale_factor of 0.2 leaves nothing of an input of 2"),
    (
        "Upsample",
        (2, None, "cubic"),
        (5, 2),
        "mode must be one of 'nearest', 'linear', 'bilinear', 'bicubic', 'trilinear', 'nearest-exact'; got 'cubic'",
    ),
    ("PixelShuffle", (2,), (6, 2, 2), "upscale_factor of 2 needs a multiple of 4 channels, got 6"),
    ("PixelUnshuffle", (2,), (6, 2, 3), "downscale_factor of 2 does not divide an input of 2 x 3"),
    ("ChannelShuffle", (4,), (6, 2, 3), "groups of 4 do not divide the 6 channels of the input"),
    ("ZeroPad2d", ((1, 2),), (6, 2, 3), "padding: expected 1 or 4 numbers, got 2"),
    ("ZeroPad2d", (-1,), (6, 2, 3), "padding of -1 leaves nothing of an input of 2 x 3"),
    ("CircularPad1d", (4,), (6, 3), "padding of 4 is too large to circular an input of 3"),
]


@pytest.mark.parametrize(("name", "args", "shape", "message"), REFUSALS)
def test_what_does_not_fit_is_said_in_plain_words(name, args, shape, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        RULES[name](shape, *args)


def test_the_numbers_of_a_first_convolution():
    assert RULES["Conv2d"]((3, 224, 224), 3, 64, 7, 2, 3, bias=False) == ((64, 112, 112), 9408, 9408 * prod((112, 112)))
