"""Names the module type that the prune plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Provide the process `Prune`."""
    summary = "cuts channels out of the finished model, the coupled ones together"
    return [Provided("Prune", "fgspace_prune.process:Prune", summary, tags=("process",))]
