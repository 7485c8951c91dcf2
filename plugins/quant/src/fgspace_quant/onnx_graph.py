"""Writes our operators in ONNX, and edits the exported graph: its constants, its notes, weights of 4 bits."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import ml_dtypes
import numpy as np
import onnx
import torch
from onnx import numpy_helper
from onnxscript import opset21 as op

QUANTISED = ("QuantizeLinear", "DequantizeLinear")
LAYERS = ("Conv", "ConvTranspose", "Gemm")
LOWEST = "lowest"
INT4_END = 7


def _activation(x, scale, zero_point, low: int, high: int):  # type: ignore[no-untyped-def]
    """Quantise and dequantise; in between, fewer than 8 bits are clipped as whole numbers."""
    whole = op.QuantizeLinear(x, scale, zero_point)
    if low > 0 or high < 255:
        whole = op.Clip(
            whole,
            op.Constant(value=numpy_helper.from_array(np.array(low, np.uint8))),
            op.Constant(value=numpy_helper.from_array(np.array(high, np.uint8))),
        )
    return op.DequantizeLinear(whole, scale, zero_point)


def _weight(whole, scale, zero_point):  # type: ignore[no-untyped-def]
    """Dequantise by channel; the zero points are written although they are zero, since onnxruntime requires them."""
    return op.DequantizeLinear(whole, scale, zero_point, axis=0)


TRANSLATIONS: Mapping[Callable[..., Any], Callable[..., Any]] = MappingProxyType(
    {torch.ops.fgspace_quant.activation.default: _activation, torch.ops.fgspace_quant.weight.default: _weight}
)
"""Our operator → the function that writes it in ONNX."""


def with_own_constants(model: onnx.ModelProto) -> onnx.ModelProto:
    """Give every Q and DQ node its own initialisers: onnxruntime cannot load models in which nodes share them."""
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    seen: set[str] = set()
    for node in model.graph.node:
        if node.op_type not in QUANTISED:
            continue
        for index, name in enumerate(node.input):
            if name in constants and name in seen:
                node.input[index] = f"{name}.{len(seen)}"
                copied = onnx.TensorProto()
                copied.CopyFrom(constants[name])
                copied.name = node.input[index]
                model.graph.initializer.append(copied)
            seen.add(node.input[index])
    return model


def with_float_layers(model: onnx.ModelProto) -> onnx.ModelProto:
    """Keep layers with float weights and quantised inputs float: onnxruntime would round their weights to 8 bits.

    It does so where the layer reads a DQ node directly, so these layers get their inputs through a Max that changes no
    value; an Identity would be removed.
    """
    float_weights = {tensor.name for tensor in model.graph.initializer if tensor.data_type == onnx.TensorProto.FLOAT}
    dequantised = {node.output[0] for node in model.graph.node if node.op_type == "DequantizeLinear"}
    nodes = []
    for node in model.graph.node:
        if node.op_type in LAYERS and node.input[0] in dequantised and node.input[1] in float_weights:
            through = f"{node.output[0]}.input"
            nodes.append(onnx.helper.make_node("Max", [node.input[0], LOWEST], [through]))
            node.input[0] = through
        nodes.append(node)
    if len(nodes) > len(model.graph.node):
        lowest = np.array(np.finfo(np.float32).min, np.float32)
        model.graph.initializer.append(numpy_helper.from_array(lowest, LOWEST))
        del model.graph.node[:]
        model.graph.node.extend(nodes)
    return model


def bare(model: onnx.ModelProto) -> onnx.ModelProto:
    """Remove the exporter's notes on the program that the graph comes from: paths, stack traces, inner shapes."""
    for described in (model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output):
        described.doc_string = ""
        del described.metadata_props[:]
    for tensor in model.graph.initializer:
        del tensor.metadata_props[:]
    del model.graph.value_info[:]
    return model


def packed(model: onnx.ModelProto) -> onnx.ModelProto:
    """Write weights that fit into 4 bits as INT4, two in a byte, and so their zero points."""
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type != "DequantizeLinear" or node.input[0] not in constants:
            continue
        whole = numpy_helper.to_array(constants[node.input[0]])
        if whole.dtype != np.int8 or np.abs(whole).max() > INT4_END:
            continue
        for name in (node.input[0], node.input[2]):
            values = numpy_helper.to_array(constants[name]).astype(ml_dtypes.int4)
            constants[name].CopyFrom(numpy_helper.from_array(values, name))
    return model
