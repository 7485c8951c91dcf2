"""The bits that drawings of quantised networks show."""

import fgspace as fg


def test_the_blocks_of_a_quantised_network_have_the_bits_of_their_layers():
    space = fg.space(
        {
            "type": "FineGrainedSpace",
            "modules": ["first", "second", "quant"],
            "first": {"type": "Conv2d", "out_channels": 4, "kernel_size": 3},
            "second": {"type": "Conv2d", "out_channels": 8, "kernel_size": 3},
            "quant": {"type": "Quant", "nbit_w_list": [8, 2], "nbit_a_list": [4, 3]},
        },
        (3, 16, 16),
    )
    blocks = space.network.blocks(space.network_at(), space.input_shape)
    assert [(block.path, block.bits) for block in blocks] == [("first", ((8, 4),)), ("second", ((2, 3),))]
