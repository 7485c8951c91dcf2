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
        )
    ]
