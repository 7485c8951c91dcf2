"""Writes models as ONNX: quantised ones as QDQ, which onnxruntime runs in whole numbers."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from fgspace import FgspaceError
from torch import nn

from fgspace_quant.deployed import deployed
from fgspace_quant.model import QuantisedModel

OPSET = 21


def export(
    model: nn.Module,
    path: str | Path,
    input_shape: Sequence[int] | None = None,
    weights: str | None = None,
    int4: bool = False,
) -> None:
    """Write a model to an ONNX file that takes batches of any size, "image" (N, C, H, W), and gives "output".

    A quantised model must have been calibrated. `input_shape`, (C, H, W), may be left out for a quantised one.
    `weights` is a file of the model's state, ranges included, that is loaded first. With `int4`, weights of at most 4
    bits take half a byte each; onnxruntime computes the same from them.

    Raises:
        FgspaceError: the extra `deploy` is not installed.
        ValueError: the model cannot be deployed, see `deployed`; or the file does not hold its weights.
    """
    if weights is not None:
        _load(model, weights)
    model_proto = to_onnx(model, input_shape, int4)
    Path(path).write_bytes(model_proto.SerializeToString())


def _load(model: nn.Module, file: str) -> None:
    if not Path(file).is_file():
        raise ValueError(f"there is no file {file!r} to load weights from")
    try:
        model.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    except (UnpicklingError, RuntimeError, EOFError, AttributeError, TypeError) as error:
        raise ValueError(f"{file!r} does not hold this network's weights") from error


def to_onnx(model: nn.Module, input_shape: Sequence[int] | None = None, int4: bool = False) -> Any:
    """Return a model as `onnx.ModelProto`; see `export`."""
    try:
        from fgspace_quant import onnx_graph
    except ModuleNotFoundError as error:
        raise FgspaceError(
            f"export needs {error.name}; install it by: pip install 'fgspace-plugin-quant[deploy]'"
        ) from error
    if isinstance(model, QuantisedModel):
        input_shape, model = input_shape or model.input_shape, deployed(model)
    if input_shape is None:
        raise ValueError("expected the input_shape, (C, H, W), of a model that is not quantised")
    images = torch.zeros(2, *input_shape)
    with _quiet(), _evaluating(model):
        program = torch.onnx.export(
            model,
            (images,),
            dynamo=True,
            opset_version=OPSET,
            input_names=["image"],
            output_names=["output"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            custom_translation_table=onnx_graph.TRANSLATIONS,
            verbose=False,
        )
    graph = onnx_graph.bare(onnx_graph.with_own_constants(program.model_proto))
    return onnx_graph.packed(graph) if int4 else graph


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what torch's exporter says of torchvision and of its own deprecated calls."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
