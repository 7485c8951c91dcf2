"""The error messages of this plugin's types, word for word."""

import re

import pytest
from fgspace_mobilenet.block_spaces import MobileNetV2BlockSpace
from fgspace_mobilenet.blocks import DepthwiseSeparable, InvertedConv, InvertedStage
from fgspace_mobilenet.convolutions import ConvNorm
from fgspace_mobilenet.excite import SqueezeExcite
from fgspace_mobilenet.networks import MobileNetV1, MobileNetV2, MobileNetV3
from fgspace_mobilenet.spaces import MobileNetV1Space

INNER = "the inner width must be at least 1, got 0; raise inner_plane or expand_ratio"
PROBLEMS = [
    (lambda: ConvNorm(8, 8, 4), "kernel must be odd, got 4"),
    (lambda: DepthwiseSeparable(8, 8, inner_plane=0), "inner_plane must be at least 1, got 0"),
    (lambda: InvertedConv(8, 8, inner_plane=0), INNER),
    (lambda: InvertedConv(8, 8, expand_ratio=0.01), INNER),
    (lambda: InvertedStage(8, 8, num_reps=0), "num_reps must be at least 1, got 0"),
    (lambda: SqueezeExcite(8, 0), "reduction must be at least 1, got 0"),
    (lambda: MobileNetV1(width_mult=0), "width_mult must be above 0, got 0"),
    (lambda: MobileNetV2(width_mult=-1.0), "width_mult must be above 0, got -1.0"),
    (lambda: MobileNetV1Space(scale=0), "scale must be above 0, got 0"),
    (lambda: MobileNetV2BlockSpace([0], scale=-1.0), "scale must be above 0, got -1.0"),
    (lambda: MobileNetV3("medium"), "size must be 'small' or 'large', got 'medium'"),
]


@pytest.mark.parametrize(("make", "message"), PROBLEMS)
def test_a_wrong_parameter_is_named(make, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make().children()
