"""Names the process that the lowrank plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Name the process."""
    summary = "puts two thin layers in place of a linear layer or a 1×1 convolution, by its singular values"
    return [Provided("LowRank", "fgspace_lowrank.process:LowRank", summary, tags=("process",))]
