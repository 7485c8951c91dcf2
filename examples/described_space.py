"""A space written in Python as a description and its hyper-parameters: convolutions in a row, each followed by pooling.

python examples/described_space.py                             searches it on handwritten digits
fgspace show ConvolutionsSpace -p examples/described_space.py  prints its parameters
"""

from typing import Any

import fgspace
from fgspace import Choice, Int


@fgspace.register
class ConvolutionsSpace(fgspace.DescribedSpace):
    """`depth` convolutions, each followed by pooling; widths, kernels and the activation are searched.

    Maps images (N, C, H, W) to logits (N, num_class). Every convolution has its own width of 8, 16, 24 or 32 and
    its own kernel of 1, 3 or 5; all share one activation.
    """

    def __init__(self, depth: int = 2, num_class: int = 10) -> None:
        self.depth = depth
        self.num_class = num_class

    def description(self) -> dict[str, Any]:
        """Return the description that the search starts from; it may contain domains, as in a file."""
        activation = {"choice": [{"type": "ReLU"}, {"type": "SiLU"}, {"type": "Hardswish"}]}
        parts: dict[str, dict[str, Any]] = {}
        for index in range(self.depth):
            parts[f"conv_{index}"] = {"type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": "same"}
            parts[f"norm_{index}"] = {"type": "BatchNorm2d"}
            parts[f"act_{index}"] = activation
            parts[f"pool_{index}"] = {"type": "MaxPool2d", "kernel_size": 3, "stride": 2, "padding": 1}
        parts["flatten"] = {"type": "Flatten"}
        parts["linear"] = {"type": "Linear", "out_features": self.num_class}
        return {"type": "FineGrainedSpace", "modules": list(parts), **parts}

    def hyper_parameters(self) -> dict[str, Any]:
        """Return the path and the domain of each hyper-parameter."""
        widths = {f"conv_{index}.out_channels": Int(8, 32, step=8) for index in range(self.depth)}
        kernels = {f"conv_{index}.kernel_size": Choice((1, 3, 5)) for index in range(self.depth)}
        return {**widths, **kernels}


def main() -> None:
    """Search with four trials for high accuracy and few multiply-adds, and print the front."""
    from fgspace_vision.evaluator import ImageClassification  # pip install fgspace-plugin-vision

    evaluator = ImageClassification(epochs=2)
    space = fgspace.space({"type": "ConvolutionsSpace"}, input_shape=evaluator.input_shape)
    study = fgspace.Study(space, "RandomSearch", {"accuracy": "max", "macs": "min"})
    study.run(evaluator, trials=4)
    for trial in study.front():
        print(f"{trial.metrics['accuracy']:.3f}  {trial.metrics['macs']:>9,.0f} MACs  {trial.point}")


if __name__ == "__main__":
    main()
