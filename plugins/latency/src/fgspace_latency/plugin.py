"""Names the types that the latency plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_costs() -> Iterable[Provided]:
    """Name the costs."""
    summary = "milliseconds on a device, predicted from a few networks that were measured there"
    return [
        Provided(
            "LatencyModel",
            "fgspace_latency.latency_model:LatencyModel",
            summary,
            examples="fgspace_latency.examples:latency_model",
        ),
        Provided(
            "LatencyTable",
            "fgspace_latency.latency_table:LatencyTable",
            "milliseconds on a device, the sum of its layers', which fgspace profile measures",
            examples="fgspace_latency.examples:latency_table",
        ),
    ]


@hookimpl
def fgspace_provide_measurements() -> Iterable[Provided]:
    """Name the measurements."""
    return [
        Provided(
            "Latency",
            "fgspace_latency.latency:Latency",
            "milliseconds of a network in torch or onnxruntime, in turns with a reference",
            examples=({"runtime": "torch", "seconds": 0.05},),
        )
    ]
