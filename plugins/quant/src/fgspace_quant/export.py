"""Writes models as ONNX: quantised ones with QDQ nodes, which onnxruntime runs with integer kernels."""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import fgspace
import torch
from fgspace import FgspaceError, NetworkFacts, load_weights
from torch import nn

from fgspace_quant.agreement import Agreement, answers, compared
from fgspace_quant.copies import copied
from fgspace_quant.deployed import deployed
from fgspace_quant.full_range import needs_wide_sums, with_full_range
from fgspace_quant.inputs import InARow, in_a_row, names, output_names
from fgspace_quant.model import QuantisedModel
from fgspace_quant.modes import evaluating
from fgspace_quant.preprocessing import check_known, on_pixels
from fgspace_quant.process import QuantWarning
from fgspace_quant.record import known, write_record
from fgspace_quant.refusals import refusal
from fgspace_quant.speed import compared as compared_speed

OPSET = 21


def export(
    model: nn.Module,
    path: str | Path,
    input_shape: Sequence[int] | None = None,
    weights: str | None = None,
    int4: bool = False,
    full_range: bool | None = None,
    facts: NetworkFacts | None = None,
    fastest: bool | None = None,
    with_preprocessing: bool = False,
) -> Agreement | None:
    """Write a model to an ONNX file with input "image", (N, C, H, W) for any N, and output "output".

    An input of whole numbers is called "tokens", and several inputs have the names that they have in the model; several
    outputs are called "output", "output1", ....

    A quantised model must be calibrated. Its file is run in onnxruntime, if that is installed, and the output is
    compared with the simulation; a `QuantWarning` says if they differ by more than quantisation changes the output.

    Args:
        model: any model; `Quant` makes quantised ones.
        path: the file to write.
        input_shape: (C, H, W), or a mapping as in the section `input`; a quantised model knows it.
        weights: a file with the model's state, ranges included, to load into the model first.
        int4: whether weights of at most 4 bits take half a byte each; the output is the same.
        full_range: whether 8-bit weights use the full range, for processors with VNNI. By default they use the range of
            the model. The model keeps its own range; `Quant` has the option too.
        facts: what is known of the network; it is written into the file, and with the numbers of the comparison into
            FILE.json.
        fastest: whether floats are written where onnxruntime runs them faster than integers, on this processor; by
            default, where `facts` come with the network, as from `fgspace export`, and no other option asks for
            integers. Floats are not written where quantisation changes the output by more than 10 %: they would be
            another network.
        with_preprocessing: whether the network takes raw pixels, of its own size, and its preprocessing comes before
            the first rounding. What is compared and timed is the network without it.

    Returns:
        How near onnxruntime is to the simulation, or None if the model is not quantised.

    Raises:
        FgspaceError: the extra `deploy` is not installed.
        ValueError: the model cannot be deployed, see `deployed`; its code cannot be exported, then the message names
            the line; `full_range` does not fit it, see `with_full_range`; or `weights` does not hold its weights.
    """
    preprocessing = check_known(facts) if with_preprocessing else None
    if weights is not None:
        load_weights(model, weights, strict=True)
    if full_range is not None:
        model = _in_range(model, full_range)
    graph = to_onnx(model, input_shape, int4)
    for name, value in known(facts).items():
        graph.metadata_props.add(key=f"fgspace.{name}", value=json.dumps(value, ensure_ascii=False))
    Path(path).write_bytes(graph.SerializeToString())
    found = _checked(model, Path(path)) if isinstance(model, QuantisedModel) else None
    if fastest is None:
        fastest = facts is not None and not int4 and full_range is None
    if found is not None and fastest:
        found = _timed(model, graph, Path(path), found, facts)
    if preprocessing is not None:
        on_pixels(Path(path), preprocessing)
    if facts is not None:
        write_record(Path(f"{path}.json"), found, OPSET, facts)
    return found


export.answers = answers  # type: ignore[attr-defined]  # for the conformance suite


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
    wide = next((name for name, one in model.named_parameters() if one.dtype == torch.float64), None)
    if wide is not None:
        raise ValueError(f"{wide!r} is of float64; expected a model of float32, export model.float()")
    given = fgspace.trace.example(input_shape, 2)
    row, called = in_a_row(given), tuple(given) if isinstance(given, Mapping) else None
    with _quiet(), evaluating(model):
        with torch.no_grad():
            outputs = output_names(fgspace.trace.call(model, given))
        try:
            program: Any = torch.onnx.export(
                InARow(model, called),
                row,
                dynamo=True,
                opset_version=OPSET,
                input_names=list(names(given)),
                output_names=list(outputs),
                dynamic_shapes=(tuple({0: torch.export.Dim("batch")} for _ in row),),
                custom_translation_table=dict(onnx_graph.TRANSLATIONS),
                verbose=False,
            )
        except Exception as error:  # of any kind: the code is the user's
            raise ValueError(refusal(error)) from error
    graph = onnx_graph.with_float_layers(onnx_graph.with_own_constants(program.model_proto))
    graph = onnx_graph.bare(graph)
    return onnx_graph.packed(graph) if int4 else graph


def _in_range(model: nn.Module, full_range: bool) -> QuantisedModel:
    if not isinstance(model, QuantisedModel):
        raise ValueError("full_range: expected a quantised network, got one without the process Quant")
    return with_full_range(model, full_range)


def _checked(model: QuantisedModel, path: Path) -> Agreement:
    """Return how near the file's output is to the simulation, and warn if it is not."""
    found = compared(model, path)
    if not found.holds:
        advice = (
            "8-bit weights in full range need a processor with VNNI; on others, export with full_range=false"
            if needs_wide_sums(model)
            else "compare them on images of your own before you deploy it"
        )
        warnings.warn(f"{found}; expected no more than that: {advice}", QuantWarning, stacklevel=3)
    return found


def _timed(model: Any, graph: Any, path: Path, found: Agreement, facts: NetworkFacts | None) -> Agreement:
    """Time the file beside one of floats, and write that one where it is faster and the same network."""
    floats = to_onnx(copied(model.model).eval(), model.input_shape)
    speed = compared_speed(graph.SerializeToString(), floats.SerializeToString(), model.input_shape)
    timed = replace(found, speed=speed)
    if timed.prefers_floats:
        for name, value in known(facts).items():
            floats.metadata_props.add(key=f"fgspace.{name}", value=json.dumps(value, ensure_ascii=False))
        path.write_bytes(floats.SerializeToString())
    return timed


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress what the exporter prints: warnings about itself and, where it fails, the graphs that it has so far."""
    loggers = [logging.getLogger(f"torch.{name}") for name in ("onnx", "fx.experimental.symbolic_shapes")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
