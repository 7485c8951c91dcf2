"""Runs networks in torch, or in onnxruntime with the file that `fgspace export` writes."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, get_args

import fgspace

Runtime = Literal["onnxruntime", "torch"]
Run = Callable[[], object]
_CALIBRATED_ON = 4
"""The number of random inputs that the ranges of a quantised network come from: they do not change its time."""


def check_runtime(runtime: str, threads: int, batch: int) -> None:
    """Check options that say how a network is run.

    Raises:
        ValueError: the runtime is unknown or not installed, or a number is below 1.
    """
    if runtime not in get_args(Runtime):
        raise ValueError(f"runtime: expected onnxruntime or torch, got {runtime!r}")
    if find_spec(runtime) is None:
        raise ValueError(
            f"runtime: {runtime} is not installed; pip install 'fgspace-plugin-latency[onnx]', or write runtime: torch"
        )
    for name, number in (("threads", threads), ("batch", batch)):
        if number < 1:
            raise ValueError(f"{name}: expected at least 1, got {number}")


def built(description: Mapping[str, Any], input_shape: Any) -> Any:
    """Return the network of a description with random weights, its ranges calibrated where it is quantised."""
    model: Any = fgspace.build(description, input_shape).eval()
    if hasattr(model, "calibrate"):
        model.calibrate([fgspace.trace.example(input_shape, _CALIBRATED_ON)])
    return model.eval()


def written(model: Any, exporter: Callable[..., Any], input_shape: Any) -> bytes:
    """Return the ONNX file that an exporter writes of a network.

    Raises:
        ValueError: the network cannot be exported.
    """
    _without_semaphores()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        exporter(model, file, input_shape)
        return file.read_bytes()


def in_onnxruntime(network: bytes, input_shape: Any, threads: int, batch: int) -> Run:
    """Return a function that runs the network of an ONNX file once, on one random batch."""
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = threads, 1, 3
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    given = fgspace.trace.example(input_shape, batch)
    if isinstance(given, Mapping):
        arrays = {one.name: given[one.name].numpy() for one in session.get_inputs()}
    else:
        row = given if isinstance(given, tuple) else (given,)
        arrays = {one.name: value.numpy() for one, value in zip(session.get_inputs(), row, strict=True)}
    return lambda: session.run(None, arrays)


@contextmanager
def in_torch(model: Any, input_shape: Any, threads: int, batch: int) -> Iterator[Run]:
    """Yield a function that runs a network once, on one random batch; torch has so many threads meanwhile."""
    import torch

    before, given = torch.get_num_threads(), fgspace.trace.example(input_shape, batch)
    torch.set_num_threads(threads)
    try:
        with torch.inference_mode():
            yield lambda: fgspace.trace.call(model, given)
    finally:
        torch.set_num_threads(before)


def _without_semaphores() -> None:
    """Give tqdm, which torch's exporter uses, a lock of threads.

    By default it makes a semaphore of processes, and a worker that is ended leaves that behind, with a warning.
    """
    with suppress(ModuleNotFoundError):
        from tqdm.std import tqdm  # type: ignore[import-untyped]

        tqdm.set_lock(threading.RLock())
