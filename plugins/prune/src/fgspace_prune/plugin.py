"""Names the module types that the prune plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Provide the processes `Prune` and `Depth`."""
    return [
        Provided(
            "Prune",
            "fgspace_prune.process:Prune",
            "cuts channels out of the finished model, the coupled ones together",
            tags=("process",),
        ),
        Provided(
            "Depth", "fgspace_prune.depth:Depth", "removes residual blocks of the finished model", tags=("process",)
        ),
    ]
