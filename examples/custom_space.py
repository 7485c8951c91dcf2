"""A token space written in Python: bottlenecks in a row, three tokens for each block.

python examples/custom_space.py                               searches it on handwritten digits
fgspace show ResNetBlockSpace2 -p examples/custom_space.py    prints its parameters
"""

from collections.abc import Sequence
from typing import Any

import fgspace
from fgspace import Add, FineGrainedSpace, InWidth, halvings, nn

WIDTHS = (8, 16, 32, 40, 64, 128, 256, 512)


@fgspace.register
class ThreeConvolutions(FineGrainedSpace):
    """1x1, 3x3 and 1x1 convolutions of the given widths, and a shortcut around them.

    Maps (N, inchannel, H, W) to (N, widths[2], H/stride, W/stride); the 3x3 convolution has the stride.
    """

    def constructor(self, inchannel: InWidth, widths: list[int], stride: int = 1) -> None:
        """Define the sum of branch and shortcut, and its activation."""
        first, second, third = widths
        branch = fgspace.Sequential(
            narrow=Convolution(inchannel, first),
            relu1=nn.ReLU(inplace=True),
            conv=Convolution(first, second, 3, stride),
            relu2=nn.ReLU(inplace=True),
            widen=Convolution(second, third),
        )
        same = stride == 1 and inchannel == third
        self.residual = Add(branch=branch, shortcut=nn.Identity() if same else Convolution(inchannel, third, 1, stride))
        self.relu = nn.ReLU(inplace=True)


class Convolution(FineGrainedSpace):
    """Convolution that keeps the size at stride 1, with batch norm."""

    def constructor(self, inchannel: int, outchannel: int, kernel: int = 1, stride: int = 1) -> None:
        """Define the convolution and the norm."""
        self.conv = nn.Conv2d(inchannel, outchannel, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outchannel)


@fgspace.register
class ResNetBlockSpace2(fgspace.TokenSpace):
    """`ThreeConvolutions` in a row; the width of every convolution is searched.

    3 tokens for each block, each an index into 8, 16, 32, 40, 64, 128, 256, 512: tokens 0, 3, 5 mean widths 8, 40, 128.
    A block halves height and width where `block_mask` has a 1. `num_class` adds a classifier.

    Raises:
        ValueError: the mask contains other values than 0 and 1.
    """

    def __init__(self, block_mask: list[int], num_class: int | None = None) -> None:
        self.mask = halvings.halving_mask(block_mask)
        self.num_class = num_class

    def init_tokens(self) -> list[int]:
        """Return the tokens to start from: widths 8, 40, 128 in every block."""
        return [0, 3, 5] * len(self.mask)

    def range_table(self) -> list[int]:
        """Return the number of widths that each token chooses from."""
        return [len(WIDTHS)] * 3 * len(self.mask)

    def token2arch(self, tokens: Sequence[int]) -> dict[str, Any]:
        """Return the description of the network; input widths follow from the part before."""
        parts: dict[str, dict[str, Any]] = {}
        for index, halves in enumerate(self.mask):
            widths = [WIDTHS[token] for token in tokens[3 * index : 3 * index + 3]]
            parts[f"block_{index}"] = {"type": "ThreeConvolutions", "widths": widths, "stride": 1 + halves}
        if self.num_class is not None:
            parts["pool"] = {"type": "AdaptiveAvgPool2d", "output_size": 1}
            parts["flatten"] = {"type": "Flatten"}
            parts["linear"] = {"type": "Linear", "out_features": self.num_class}
        return {"type": "FineGrainedSpace", "modules": list(parts), **parts}


def main() -> None:
    """Search with four trials of at most a million multiply-adds, and print the front."""
    from fgspace_vision.evaluator import ImageClassification  # pip install fgspace-plugin-vision

    evaluator = ImageClassification(epochs=2)
    row = {"type": "ResNetBlockSpace2", "block_mask": [1, 1], "num_class": 10}
    space = fgspace.space(row, input_shape=evaluator.input_shape)
    small = {"macs": {"max": 1_000_000}}
    study = fgspace.Study(space, "RandomSearch", {"accuracy": "max", "macs": "min"}, small)
    study.run(evaluator, trials=4)
    for trial in study.front():
        print(f"{trial.metrics['accuracy']:.3f}  {trial.metrics['macs']:>9,.0f} MACs  {space.encode(trial.point)}")


if __name__ == "__main__":
    main()
