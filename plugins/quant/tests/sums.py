"""What onnxruntime adds in 16 bits on processors without VNNI, in whole numbers, from an exported file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

INT16 = np.iinfo(np.int16)


def has_vnni() -> bool:
    """Say whether this processor multiplies and adds 8 bits in 32: then onnxruntime's integer kernels are exact."""
    file = Path("/proc/cpuinfo")
    flags = set(file.read_text().split()) if file.is_file() else set()
    return bool(flags & {"avx512_vnni", "avx_vnni"})


@dataclass(frozen=True)
class Layer:
    """A layer's weights, (O, K) of int8, and what they are multiplied with, (N, K) of uint8: patches of the images.

    The order of K is that in which neighbours are added: with the channels of images last.
    """

    name: str
    weights: np.ndarray
    patches: np.ndarray

    def pairs(self):
        """Return the sums of two neighbouring products, (N, O, K / 2)."""
        weights, patches = (_even(one).astype(np.int32) for one in (self.weights, self.patches))
        products = patches[:, None] * weights[None]
        return products[:, :, ::2] + products[:, :, 1::2]

    def sums(self):
        """Return the results, (N, O), exactly, and as a kernel has them that saturates pairs at 16 bits."""
        pairs = self.pairs()
        return pairs.sum(2), pairs.clip(INT16.min, INT16.max).sum(2)


def layers(path, images):
    """Yield the layers of an exported model as they run on images, (N, C, H, W)."""
    import onnx
    import onnxruntime
    from onnx import numpy_helper

    model = onnx.load(path)
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    quantised = {node.output[0]: node for node in model.graph.node if node.op_type == "DequantizeLinear"}
    nodes = [node for node in model.graph.node if node.op_type in ("Conv", "Gemm")]
    read = [quantised[node.input[0]].input[0] for node in nodes]
    model.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.UINT8, None) for name in dict.fromkeys(read)
    )
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    found = dict(zip(read, session.run(read, {"image": images}), strict=True))
    for node, name in zip(nodes, read, strict=True):
        weights = constants[quantised[node.input[1]].input[0]]
        zero_point = constants[quantised[node.input[0]].input[2]]
        options = {option.name: onnx.helper.get_attribute_value(option) for option in node.attribute}
        patches = found[name] if node.op_type == "Gemm" else _patches(found[name], zero_point, weights.shape, options)
        yield Layer(node.name, _flat(weights), _flat(patches))


def _patches(images, zero_point, shape, options):
    """Return what a convolution reads for each of its results, (N, C, h, w)."""
    top, left, bottom, right = options["pads"]
    padded = np.pad(images, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=zero_point)
    windows = np.lib.stride_tricks.sliding_window_view(padded, shape[2:], axis=(2, 3))
    rows, columns = options["strides"]
    return windows[:, :, ::rows, ::columns].transpose(0, 2, 3, 1, 4, 5).reshape(-1, *shape[1:])


def _flat(values):
    if values.ndim == 4:
        values = values.transpose(0, 2, 3, 1)
    return values.reshape(len(values), -1)


def _even(values):
    return np.pad(values, ((0, 0), (0, values.shape[1] % 2)))
