"""Measures layers one by one: each is taken out of a built network, and run alone."""

import inspect
import random
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fgspace
from fgspace import FgspaceError, Layer, Space

from fgspace_latency.device import measured
from fgspace_latency.runtimes import Runtime, built, in_onnxruntime, in_torch, written
from fgspace_latency.timing import alone

_PATIENCE = 200
"""After so many networks without a new layer, the rest of a large space is left out."""
_SECONDS = 0.2
_SHAPE = (3, 32, 32)


def networks_of(space: Space, most: int) -> Iterator[tuple[Any, Callable[[bool], None]]]:
    """Yield points of a space, and a function to say of each whether it had a layer that is new.

    All points of a small space, the initial one first; of a larger one `most`, drawn at random, or fewer where 200 in a
    row had none.
    """
    vain = 0

    def said(is_new: bool) -> None:
        nonlocal vain
        vain = 0 if is_new else vain + 1

    yield space.initial, said
    rest = [point for point in space.enumerate() if point != space.initial] if space.size <= most else None
    rng = random.Random(0)
    for index in range(most - 1 if rest is None else len(rest)):
        if rest is None and vain >= _PATIENCE:
            return
        yield (space.sample(rng) if rest is None else rest[index]), said


class LayerTimer:
    """Times layers on this machine, or by a command on another one."""

    def __init__(self, runtime: Runtime, threads: int, command: str | None, timeout: float) -> None:
        self._runtime, self._threads = runtime, threads
        self._command, self._timeout = command, timeout
        exporter = None if runtime == "torch" and command is None else fgspace.exporter("onnx", {"type": "Identity"})
        self._exporter: Any = exporter
        self._options = {"batch": 1} if exporter and "batch" in inspect.signature(exporter).parameters else {}

    def overhead(self) -> float:
        """Return the milliseconds of a network that does nothing."""
        return self._timed(fgspace.build({"type": "Identity"}, _SHAPE), _SHAPE, "a network without layers")

    def network(self, space: Space, point: Any) -> Any:
        """Return the network at a point, with random weights."""
        return built(space.network_at(point), space.input_shape)

    def milliseconds(self, model: Any, row: Layer, what: str) -> float:
        """Return the milliseconds of a layer of a network.

        Raises:
            FgspaceError: the layer is no module of its own, cannot be exported, or the command fails.
        """
        try:
            module = model.get_submodule(row.path)
        except AttributeError:
            cure = "use LatencyModel, or measure Latency"
            raise FgspaceError(f"{row.path}: {what} is no module that can be measured alone; {cure}") from None
        return self._timed(module, row.in_shape, what)

    def _timed(self, module: Any, shape: Any, what: str) -> float:
        try:
            if self._exporter is None:
                with in_torch(module, shape, self._threads, 1) as run:
                    return alone(run, _SECONDS).value
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the accuracy of a layer of random weights
                file = written(module, self._export, shape)
        except (ValueError, RuntimeError, TypeError) as error:
            raise FgspaceError(f"{what} cannot be measured alone: {str(error).partition(chr(10))[0]}") from error
        if self._command is None:
            return alone(in_onnxruntime(file, shape, self._threads, 1), _SECONDS).value
        with TemporaryDirectory() as folder:
            place = Path(folder) / "layer.onnx"
            place.write_bytes(file)
            return measured(self._command, place, what, self._timeout)

    def _export(self, model: Any, file: Path, shape: Any) -> None:
        self._exporter(model, file, shape, **self._options)
