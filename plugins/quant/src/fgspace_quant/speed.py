"""Times an integer network and its float one in onnxruntime, in turns: on some processors, float is faster."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import fgspace

_SECONDS = 1.0
_WARM_UP = 5
_SAMPLES = (21, 300)


@dataclass(frozen=True)
class Speed:
    """The milliseconds of one run with one thread and one input, of integers and of floats."""

    integers: float
    floats: float

    @property
    def is_slower(self) -> bool:
        """Whether integers take longer than floats."""
        return self.integers > self.floats

    def __str__(self) -> str:
        return f"integers take {self.integers:.3g} ms on this processor, and floats {self.floats:.3g} ms"


def compared(integers: bytes, floats: bytes, input_shape: Any) -> Speed | None:
    """Return the speed of two ONNX files, None where onnxruntime is not installed.

    The runs take turns; the ratio is the median of the ratios of neighbours, so that what else the machine does counts
    for both.
    """
    try:
        runs = [_run(one, input_shape) for one in (integers, floats)]
    except ModuleNotFoundError:
        return None
    for run in runs * _WARM_UP:
        run()
    once = max(sum(map(_seconds, runs)), 1e-9)
    count = max(_SAMPLES[0], min(_SAMPLES[1], int(_SECONDS / once)))
    pairs = [(_seconds(runs[0]), _seconds(runs[1])) for _ in range(count)]
    ratio, base = median(one / other for one, other in pairs), 1000 * median(other for _, other in pairs)
    return Speed(ratio * base, base)


def _run(network: bytes, input_shape: Any) -> Callable[[], object]:
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    given = fgspace.trace.example(input_shape, 1)
    inputs = session.get_inputs()
    row = list(given.values()) if isinstance(given, Mapping) else list(given) if isinstance(given, tuple) else [given]
    arrays = {one.name: value.numpy() for one, value in zip(inputs, row, strict=True)}
    return lambda: session.run(None, arrays)


def _seconds(run: Callable[[], object]) -> float:
    begin = perf_counter()
    run()
    return perf_counter() - begin
