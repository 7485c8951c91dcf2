"""Writes a network as ONNX, for any batch, and compares what onnxruntime makes of it with torch."""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from fgspace import FgspaceError, NetworkFacts
from torch import nn

from fgspace_export.checks import Report, compared, travelling, write
from fgspace_export.examples import batches, by_name, evaluating, outputs, traced
from fgspace_export.preprocessing import on_pixels
from fgspace_export.program import refusal

OPSET = 18
ACCEPTED = 1e-3
"""The error up to which onnxruntime's sums in another order explain it."""


class ExportWarning(UserWarning):
    """Warns of an exported network that puts out something else than the network."""


def export(
    model: nn.Module,
    path: str | Path,
    input_shape: Sequence[Any],
    facts: NetworkFacts | None = None,
    opset: int = OPSET,
    batch: int | None = None,
    with_preprocessing: bool = False,
) -> Report:
    """Write a network to an ONNX file: inputs by their names ("image" or "input" for a single one), outputs "output".

    The file is run in onnxruntime, if that is installed, and its outputs are compared with those of torch; the numbers
    stand beside it, in FILE.json.

    Args:
        model: the network.
        path: the file to write.
        input_shape: the shape of its input, without the batch.
        facts: what is known of the network; it is written into the file, as its metadata.
        opset: the version of ONNX's operators.
        batch: the size of all batches, where it is fixed; by default any batch is taken.
        with_preprocessing: whether the network takes raw pixels, of its own size, and its preprocessing comes first.

    Raises:
        FgspaceError: onnx or onnxscript is not installed.
        ValueError: the network cannot be written with the operators of this opset.
    """
    if with_preprocessing:
        model, facts = on_pixels(model, facts, input_shape)
    program = to_onnx(model, input_shape, opset, batch)
    for name, value in travelling(facts).items():
        program.metadata_props.add(key=f"fgspace.{name}", value=json.dumps(value, ensure_ascii=False))
    Path(path).write_bytes(program.SerializeToString())
    report = checked(model, Path(path), batches(input_shape, facts, batch), {"opset": opset, "batch": batch or "any"})
    write(Path(f"{path}.json"), report, model, facts)
    if report.error > ACCEPTED:
        warnings.warn(f"{report}; compare them on inputs of your own before you deploy it", ExportWarning, stacklevel=2)
    return report


def to_onnx(model: nn.Module, input_shape: Sequence[Any], opset: int = OPSET, batch: int | None = None) -> Any:
    """Return a network as `onnx.ModelProto`; see `export`."""
    _needs("onnx", "onnxscript")
    positional, named, dynamic = traced(input_shape, batch)
    with evaluating(model), torch.no_grad(), _quiet():
        try:
            program: Any = torch.onnx.export(
                model,
                positional,
                kwargs=named,
                dynamo=True,
                opset_version=opset,
                input_names=list(by_name(named or (positional if len(positional) > 1 else positional[0]))),
                output_names=["output"],
                dynamic_shapes=dynamic,
                verbose=False,
            )
        except Exception as error:  # of any kind: the code is the user's
            raise ValueError(refusal(error, batch)) from error
    return bare(program.model_proto)


def checked(model: nn.Module, file: Path, given: Mapping[str, list[Any]], said: Mapping[str, Any]) -> Report:
    """Return how near onnxruntime's outputs of a file are to those of the network."""
    try:
        import onnxruntime  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        return Report({}, said, "onnxruntime is not installed; pip install 'fgspace-plugin-export[onnx]'")
    session = _session(onnxruntime, file)
    names = [one.name for one in session.get_inputs()]

    def run(one: Any) -> list[torch.Tensor]:
        arrays = {name: tensor.numpy() for name, tensor in by_name(one).items() if name in names}
        return [torch.from_numpy(output) for output in session.run(None, arrays)]

    found = {kind: compared([(run(one), outputs(model, one)) for one in some]) for kind, some in given.items()}
    versions = {
        "onnxruntime": onnxruntime.__version__,
        "provider": session.get_providers()[0],
        "torch": torch.__version__,
    }
    return Report(found, {**versions, **said})


def bare(model: Any) -> Any:
    """Remove the exporter's notes on the program that the graph comes from: paths, stack traces, inner shapes."""
    for described in (model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output):
        described.doc_string = ""
        del described.metadata_props[:]
    for tensor in model.graph.initializer:
        del tensor.metadata_props[:]
    del model.graph.value_info[:]
    return model


def _session(onnxruntime: Any, file: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def _needs(*packages: str) -> None:
    for package in packages:
        try:
            __import__(package)
        except ModuleNotFoundError as error:
            raise FgspaceError(
                f"onnx needs {error.name}; install it by: pip install 'fgspace-plugin-export[onnx]'"
            ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress the warnings of torch's exporter about torchvision and its own deprecated calls."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
