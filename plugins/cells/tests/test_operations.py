"""The operations of edges: each is counted as it runs, keeps the shapes of its docstring, and does what it says."""

import re

import pytest
import torch
from fgspace_cells.catalogue import OPERATIONS, CellOperation
from fgspace_cells.leaves import Pick, Zero, count_pick, count_zero
from fgspace_cells.operations import (
    AsymmetricConv,
    ConvBNReLU,
    DilConv,
    DropPath,
    FactorizedReduce,
    Pool3x3,
    ReLUConvBN,
)
from torch import nn

SHAPE = (4, 9, 7)


def each_stride(kind, **options):
    """Return examples of a type at strides 1 and 2, on maps of odd and even size."""
    return tuple(
        ({"type": kind, "stride": stride, **options}, shape) for stride in (1, 2) for shape in (SHAPE, (4, 8, 6))
    )


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("outchannel", [4, 6])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [(8, 6), (9, 7)], ids=str)
def test_every_operation_divides_the_map_by_the_stride_and_rounds_up(network, name, outchannel, stride, size):
    described = {"type": "CellOperation", "operation": name, "outchannel": outchannel, "stride": stride}
    expected = (outchannel, *[-(-side // stride) for side in size])
    assert network.cost(described, (4, *size)).output_shape == expected
    module = network.build(described, (4, *size))
    assert module(torch.rand(2, 4, *size)).shape == (2, *expected)


def test_every_operation_of_the_reference_is_there():
    reference = """
        none avg_pool_3x3 max_pool_3x3 global_average_pool skip_connect sep_conv_3x3 sep_conv_5x5 sep_conv_7x7
        dil_conv_3x3 dil_conv_5x5 conv_7x1_1x7 conv1x1 conv3x3 conv5x5 conv7x7 conv3x3_dil2 conv3x3_dil3 conv3x3_dil12
        sep_conv_3x3_dil3 sep_conv_5x5_dil6
    """
    assert set(reference.split()) <= set(OPERATIONS)


WRONG = [
    (lambda: CellOperation("sepconv3x3", 4), "unknown operation 'sepconv3x3'; did you mean 'sep_conv_3x3'?"),
    (lambda: CellOperation("attention", 4), f"unknown operation 'attention'; there are {', '.join(OPERATIONS)}"),
    (lambda: ReLUConvBN(4, 4, 2), "kernel must be odd, got 2"),
    (lambda: ConvBNReLU(4, 4, 2), "kernel must be odd, got 2"),
    (lambda: DilConv(4, 4, 4), "kernel must be odd, got 4"),
    (lambda: AsymmetricConv(4, 4, 6), "kernel must be odd, got 6"),
    (lambda: FactorizedReduce(4, 1), "outchannel must be at least 2, got 1"),
    (lambda: Pool3x3(4, pool="mean"), "pool must be 'avg' or 'max', got 'mean'"),
]


@pytest.mark.parametrize(("make", "message"), WRONG, ids=[message for _, message in WRONG])
def test_a_wrong_parameter_is_named(make, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make().children()


WRONG_INPUTS = [
    (lambda: count_pick((3, 8, 8), 0), "takes several tensors, but gets one of (3, 8, 8)"),
    (lambda: count_pick(((3, 8, 8), (4, 8, 8)), 2), "index must be from 0 to 1, got 2"),
    (lambda: count_zero((8,), 8), "takes an input of (C, H, W), but gets (8,)"),
    (lambda: count_zero((3, 8, 8), 4), "inchannel is 4, but the input has 3 channels"),
    (lambda: count_zero((3, 8, 8), 3, stride=0), "stride must be at least 1, got 0"),
]


@pytest.mark.parametrize(("count", "message"), WRONG_INPUTS, ids=[message for _, message in WRONG_INPUTS])
def test_what_a_cost_rule_cannot_count_is_named(count, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        count()


def test_a_composite_names_these_modules_without_torch():
    assert (Pick.__module__, Zero.__module__) == ("fgspace_cells.leaves",) * 2


def test_zero_puts_out_zeros_and_passes_a_gradient_of_zeros(network):
    x = torch.randn(2, 3, 5, 5, requires_grad=True)
    out = network.build({"type": "Zero", "inchannel": 3, "outchannel": 4, "stride": 2}, (3, 5, 5))(x)
    assert out.shape == (2, 4, 3, 3)
    assert not out.any()
    out.sum().backward()
    assert x.grad is not None
    assert not x.grad.any()


def test_the_halves_of_a_factorized_reduce_see_pixels_one_apart(network):
    """As published, the second convolution runs on x[:, :, 1:, 1:]."""
    module = network.build({"type": "FactorizedReduce", "outchannel": 4}, (3, 8, 6)).eval()
    plain, moved = (one for one in module.modules() if isinstance(one, nn.Conv2d))
    x = torch.randn(2, 3, 8, 6)
    active = x.relu()
    expected = module.bn(torch.cat([plain(active), moved(active[:, :, 1:, 1:])], dim=1))
    torch.testing.assert_close(module(x), expected)


def test_the_mean_of_the_map_stands_everywhere(network):
    module = network.build({"type": "GlobalPoolConv", "outchannel": 4}, (3, 8, 6)).eval()
    out = module(torch.randn(2, 3, 8, 6))
    torch.testing.assert_close(out, out[:, :, :1, :1].expand_as(out))
    assert out.std() > 0


def test_drop_path_drops_whole_images_and_keeps_the_mean(network):
    torch.manual_seed(0)
    drop = network.build(DropPath(3, 0.25), (3, 4, 4))
    x = torch.ones(4000, 3, 4, 4)
    out = drop.train()(x)
    assert set(out.flatten(1).std(1).tolist()) == {0.0}
    assert out.unique().tolist() == pytest.approx([0, 4 / 3])
    assert abs(out.mean().item() - 1) < 0.03
    torch.testing.assert_close(drop.eval()(x), x)
