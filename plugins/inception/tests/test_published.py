"""Spaces as published: the counts of the networks that PaddleSlim 2.6 itself makes of the same tokens."""

import fgspace
import pytest

SMALL = (3, 32, 32)
THREE = {"input_size": 32, "output_size": 8, "block_num": 3}
MASKED = [1, 3, 0, 18, 4, 17, 3, 1, 0, 2, 6, 19, 12, 4, 20, 8, 1, 1]
SIZED = [15, 3, 3, 15, 14, 15, 15, 1, 0, 4, 3, 10, 8, 15, 22, 5, 0, 0, 16, 11, 4, 22, 17, 0, 16, 1, 0]


@pytest.mark.parametrize(
    ("parameters", "tokens", "counts"),
    [
        ({"block_mask": [0, 1]}, MASKED, (3_037_239, 3_106_153_472, (248, 32, 32))),
        (THREE, SIZED, (7_366_312, 2_195_977_216, (116, 8, 8))),
    ],
)
def test_the_tokens_of_paddleslim_make_its_networks(parameters, tokens, counts):
    """With a mask, no block halves; without one, the first two blocks of three do, and the second is repeated."""
    space = fgspace.space([("InceptionABlockSpace", {**parameters, "as_published": True})])
    cost = space.network.cost(space.at(space.decode(tokens)), SMALL)
    assert (cost.params, cost.macs, cost.output_shape) == counts


def test_blocks_of_c_were_never_published():
    with pytest.raises(fgspace.DescriptionError) as raised:
        fgspace.space([("InceptionCBlockSpace", {"block_mask": [0, 1], "as_published": True})])
    assert str(raised.value) == (
        "InceptionCBlockSpace: as_published: PaddleSlim never built an InceptionCBlockSpace, whose decoding reads 11"
        " tokens a block while its table has 9; leave as_published out"
    )


def test_sizes_without_a_halving_have_no_published_network():
    with pytest.raises(fgspace.DescriptionError) as raised:
        fgspace.space({"type": "InceptionABlockSpace", **THREE, "output_size": 32, "as_published": True})
    assert str(raised.value) == (
        "as_published needs an output_size below input_size; PaddleSlim builds no other network"
    )
