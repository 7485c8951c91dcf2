"""The two blocks: their branches, counts and error messages."""

import re

import pytest
import torch
from fgspace_inception.blocks import InceptionABlock, InceptionCBlock

A = {"type": "InceptionABlock", "channels": [3, 4, 5, 6, 7, 8, 9]}
C = {"type": "InceptionCBlock", "channels": [3, 4, 5, 6, 7, 8, 9, 10, 11]}
VARIANTS = [{}, {"stride": 2}, {"kernel": 5}, {"pool": "max"}, {"kernel": 5, "pool": "max", "stride": 2}]


@pytest.mark.parametrize("given", VARIANTS, ids=str)
@pytest.mark.parametrize(("block", "width"), [(A, 3 + 4 + 6 + 9), (C, 3 + 4 + 6 + 7 + 10 + 11)], ids=["A", "C"])
def test_a_block_is_counted_as_it_is_built(network, measured, block, width, given):
    cost = network.cost({**block, **given}, (2, 7, 7))
    counted = (cost.params, cost.macs, cost.output_shape)
    assert counted == measured(network.build({**block, **given}, (2, 7, 7)), (2, 7, 7))
    assert cost.output_shape == ((width, 4, 4) if given.get("stride") == 2 else (width, 7, 7))


def convolution_weights(widths, kernel):
    return sum(first * second * size**2 + 2 * second for first, second, size in widths(kernel))


def test_an_a_block_has_the_weights_of_seven_convolutions(network):
    def widths(k):
        return [(2, 3, 1), (2, 4, 1), (2, 5, 1), (5, 6, k), (2, 7, 1), (7, 8, k), (8, 9, k)]

    for kernel in (3, 5):
        cost = network.cost({**A, "kernel": kernel}, (2, 7, 7))
        assert cost.params == convolution_weights(widths, kernel)


def test_a_c_block_has_the_weights_of_nine_convolutions(network):
    def widths(k):
        return [(2, 3, 1), (2, 4, 1), (2, 5, 1), (5, 6, k), (5, 7, k), (2, 8, 1), (8, 9, k), (9, 10, k), (9, 11, k)]

    for kernel in (3, 5):
        cost = network.cost({**C, "kernel": kernel}, (2, 7, 7))
        assert cost.params == convolution_weights(widths, kernel)


@pytest.mark.parametrize("block", [A, C], ids=["A", "C"])
@pytest.mark.parametrize(("pool", "name"), [("avg", "AvgPool2d"), ("max", "MaxPool2d")])
def test_the_pooled_branch_has_the_given_pooling(network, block, pool, name):
    module = network.build({**block, "pool": pool}, (2, 7, 7))
    assert type(module.branches.pooled.pool).__name__ == name


def test_average_pooling_leaves_the_padding_out(network):
    pool = network.build(A, (2, 7, 7)).branches.pooled.pool
    torch.testing.assert_close(pool(torch.ones(1, 2, 7, 7)), torch.ones(1, 2, 7, 7))


@pytest.mark.parametrize("block", [A, C], ids=["A", "C"])
def test_every_convolution_has_norm_and_relu(network, block):
    module = network.build(block, (2, 7, 7))
    kinds = [type(leaf).__name__ for leaf in module.modules() if not list(leaf.children())]
    kinds.remove("AvgPool2d")
    assert kinds == ["Conv2d", "BatchNorm2d", "ReLU"] * len(block["channels"])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: InceptionABlock(2, [1, 2, 3]), "InceptionABlock takes 7 channels, got 3"),
        (lambda: InceptionCBlock(2, [1] * 7), "InceptionCBlock takes 9 channels, got 7"),
        (lambda: InceptionABlock(2, [1, 1, 1, 1, 0, 1, 1]), "channels must be at least 1, got 0"),
        (lambda: InceptionABlock(2, [1] * 7, kernel=2), "kernel must be odd, got 2"),
        (lambda: InceptionCBlock(2, [1] * 9, pool="min"), "pool must be 'avg' or 'max', got 'min'"),
    ],
)
def test_a_wrong_parameter_is_named(make, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make().children()
