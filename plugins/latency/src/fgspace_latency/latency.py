"""The measurement `Latency`: milliseconds of a network on this machine, in turns with a reference network."""

from collections.abc import Mapping
from typing import Any

import fgspace
from fgspace import Measurement, Sample

from fgspace_latency.runtimes import Runtime, built, check_runtime, in_onnxruntime, in_torch, written
from fgspace_latency.timing import in_turns

REFERENCE: Mapping[str, Any] = {
    "type": "Sequential",
    "modules": ["first", "second", "third"],
    "first": {"type": "Conv2d", "in_channels": 32, "out_channels": 32, "kernel_size": 3, "padding": 1},
    "second": {"type": "Conv2d", "in_channels": 32, "out_channels": 64, "kernel_size": 3, "stride": 2},
    "third": {"type": "Conv2d", "in_channels": 64, "out_channels": 64, "kernel_size": 3, "padding": 1},
}
"""A network that every study on every machine has the same: 7 million multiply-adds."""
REFERENCE_SHAPE = (32, 16, 16)


class Latency(Measurement):
    """Measures the milliseconds of one run of a network, with random weights, on the machine where trials run.

    The network runs in turns with a reference network, whose drift is divided out: a study that goes on, or whose
    machine gets hot, stays comparable with its first trial. The metric is the median; NAME_spread is the distance of
    the quartiles, NAME_drift how much slower the machine was than for the first trial, and NAME_reference the
    milliseconds of the reference then.

    Args:
        runtime: onnxruntime, with the file that `fgspace export` writes (integer kernels where it is quantised), or
            torch.
        threads: the number of threads of one run.
        batch: the number of inputs of one run.
        seconds: about how long is measured.
    """

    def __init__(
        self, runtime: Runtime = "onnxruntime", threads: int = 1, batch: int = 1, seconds: float = 1.0
    ) -> None:
        check_runtime(runtime, threads, batch)
        if seconds <= 0:
            raise ValueError(f"seconds: expected more than 0, got {seconds:g}")
        self.runtime, self.threads, self.batch, self.seconds = runtime, threads, batch, seconds

        self._reference = b""
        """The reference network as ONNX, written when it is first needed."""

    def __call__(self, description: Mapping[str, Any], input_shape: Any, /) -> Sample:
        """Return the median milliseconds, their spread, and those of the reference."""
        model = built(description, input_shape)
        if self.runtime == "onnxruntime":
            network = written(model, fgspace.exporter("onnx", description), input_shape)
            run = in_onnxruntime(network, input_shape, self.threads, self.batch)
            return in_turns(run, in_onnxruntime(self._written(), REFERENCE_SHAPE, self.threads, 1), self.seconds)
        reference = built(REFERENCE, REFERENCE_SHAPE)
        with (
            in_torch(model, input_shape, self.threads, self.batch) as run,
            in_torch(reference, REFERENCE_SHAPE, self.threads, 1) as other,
        ):
            return in_turns(run, other, self.seconds)

    def _written(self) -> bytes:
        if not self._reference:
            exporter = fgspace.exporter("onnx", REFERENCE)
            self._reference = written(built(REFERENCE, REFERENCE_SHAPE), exporter, REFERENCE_SHAPE)
        return self._reference
