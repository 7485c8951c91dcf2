"""Puts the preprocessing of images before an exported graph, as its first operations, so that it takes raw pixels."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from fgspace import NetworkFacts

IMAGE, PREPARED = "image", "image.prepared"


def check_known(facts: NetworkFacts | None) -> Mapping[str, Any]:
    """Return the preprocessing of a network.

    Raises:
        ValueError: it is not known.
    """
    known = {} if facts is None else facts.preprocessing
    if "scale" not in known:
        raise ValueError(
            "with_preprocessing: the file does not record the preprocessing of the network; export it from the folder "
            "of its search, whose description.yaml has it under expects"
        )
    return known


def on_pixels(file: Path, known: Mapping[str, Any]) -> None:
    """Have the network of an ONNX file take raw pixels: `(pixels · scale - mean) / deviation` come first.

    They come before the first rounding, in floats of 32 bits, as where the network was trained.

    Raises:
        ValueError: the network takes no image.
    """
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(file)
    image = next((one for one in model.graph.input if one.name == IMAGE), None)
    if image is None:
        raise ValueError("with_preprocessing: the network takes no image")
    channels = image.type.tensor_type.shape.dim[1].dim_value
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            if name == IMAGE:
                node.input[index] = PREPARED
    before, nodes = IMAGE, []
    for operation, name, otherwise in (("Mul", "scale", 1.0), ("Sub", "mean", 0.0), ("Div", "deviation", 1.0)):
        after = PREPARED if operation == "Div" else f"{IMAGE}.{operation.lower()}"
        values = _each(known.get(name, otherwise), channels)
        model.graph.initializer.append(numpy_helper.from_array(values, f"{IMAGE}.{name}"))
        nodes.append(helper.make_node(operation, [before, f"{IMAGE}.{name}"], [after]))
        before = after
    rest = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *rest])
    file.write_bytes(model.SerializeToString())


def _each(value: Any, channels: int) -> np.ndarray:
    """Return a number for each channel, in the shape of one pixel."""
    numbers = value if isinstance(value, list | tuple) else [value] * channels
    return np.array(numbers, np.float32).reshape(1, channels, 1, 1)
