"""What the types of ConvNeXt refuse, in one sentence each."""

import fgspace
import pytest

BLOCK, STAGE, NETWORK = {"type": "ConvNeXtBlock"}, {"type": "ConvNeXtStage", "width": 16}, {"type": "ConvNeXt"}
STAGES = "depths and widths must have one number for each stage, got"
ERRORS = [
    ({**BLOCK, "kernel": 4}, "net.residual.branch: kernel must be odd and at least 1, got 4"),
    ({**BLOCK, "kernel": -1}, "net.residual.branch: kernel must be odd and at least 1, got -1"),
    (
        {**BLOCK, "expansion": 0},
        "net.residual.branch: expansion must leave at least one channel of 3, got 0",
    ),
    ({**BLOCK, "drop_path": 1.0}, "net.residual.branch.drop: rate must be from 0 to below 1, got 1.0"),
    ({**STAGE, "depth": 0}, "net: depth must be at least 1, got 0"),
    ({**STAGE, "drop_path": [0.1]}, "net: drop_path must be one number, or 3 of them (depth), got 1"),
    (
        {**NETWORK, "size": "giant"},
        "net: size must be one of atto, femto, pico, nano, tiny, small, base, large, xlarge, huge; got 'giant'",
    ),
    ({**NETWORK, "depths": []}, f"net: {STAGES} 0 and 0"),
    ({**NETWORK, "depths": [1, 1], "widths": [8]}, f"net: {STAGES} 2 and 1"),
    ({"type": "LayerScale", "in_channels": 4}, "net.in_channels: is 4, but the input has 3; write auto, or 3"),
]


@pytest.mark.parametrize(("description", "message"), ERRORS)
def test_a_mistake_is_told_with_its_place(description, message):
    with pytest.raises(fgspace.FgspaceError) as raised:
        fgspace.space({"modules": ["net"], "net": description}).cost(input_shape=(3, 32, 32))
    assert str(raised.value) == message


def test_a_space_has_at_most_four_stages():
    with pytest.raises(fgspace.FgspaceError) as raised:
        fgspace.space({"type": "ConvNeXtSpace", "stages": 5})
    assert str(raised.value) == "stages must be from 1 to 4, got 5"


def test_half_of_the_images_lose_their_branch_in_training_and_none_in_evaluation():
    import torch

    module = fgspace.build({"type": "StochasticDepth", "rate": 0.5}, input_shape=(4, 2, 2))
    images = torch.ones(1000, 4, 2, 2)
    kept = module.train()(images).amax((1, 2, 3))
    assert set(kept.tolist()) == {0.0, 2.0}
    assert 400 < int((kept > 0).sum()) < 600
    assert torch.equal(module.eval()(images), images)
