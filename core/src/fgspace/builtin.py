"""What core itself provides, through the hooks that every plugin uses."""

from collections.abc import Iterable

from fgspace.hookspecs import Provided, hookimpl
from fgspace.torch_names import TORCH_NAMES

_COMBINATORS = {
    "Add": "runs its modules on the same input and adds their outputs",
    "Append": "runs its modules in order and gives the tuple of all their outputs",
    "Concat": "runs its modules on the same input and concatenates their outputs along the channels",
    "Interpolate": "runs its modules in order and resizes the output to the input's height and width",
    "Map": "runs one module on each of the inputs",
    "Merge": "gives each module the tuple of the outputs so far",
    "Multiply": "runs its modules on the same input and multiplies their outputs",
    "Repeat": "one module a given number of times, its parameters from lists",
    "Sequential": "runs its modules in order",
    "Tuple": "runs its modules on the same input and gives the tuple of their outputs",
    "View": "flattens everything but the batch",
}


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Core's composites and combinators, and every module of `torch.nn`."""
    yield Provided("FineGrainedSpace", "fgspace.network.part:FineGrainedSpace", "a module made of named modules")
    for name, summary in _COMBINATORS.items():
        yield Provided(name, f"fgspace.network.combinators:{name}", summary)
    for name in TORCH_NAMES:
        yield Provided(name, f"torch.nn:{name}", f"torch.nn.{name}", tags=("torch",))


@hookimpl
def fgspace_provide_search_spaces() -> Iterable[Provided]:
    """The space that a file describes."""
    yield Provided("FineGrainedSpace", "fgspace.network.part:FineGrainedSpace", "named modules and hyper-parameters")


@hookimpl
def fgspace_provide_algorithms() -> Iterable[Provided]:
    """The algorithms that take any space and need no options."""
    yield Provided("RandomSearch", "fgspace.search.random:RandomSearch", "draws points at random, each once")
    yield Provided("GridSearch", "fgspace.search.grid:GridSearch", "goes through every point, in order")
    yield Provided("Auto", "fgspace.search.auto:Auto", "the one that suits space, objectives and budget best")


@hookimpl
def fgspace_provide_executors() -> Iterable[Provided]:
    """The executors of this machine."""
    yield Provided("SerialExecutor", "fgspace.search.executors:SerialExecutor", "one trial at a time, in this process")
    yield Provided("ProcessExecutor", "fgspace.search.processes:ProcessExecutor", "trials in worker processes")


@hookimpl
def fgspace_provide_early_stopping() -> Iterable[Provided]:
    """The rules that need nothing but what trials report."""
    room = "fgspace.search.stopping"
    yield Provided(
        "SuccessiveHalving", f"{room}.successive_halving:SuccessiveHalving", "at each rung the best part goes on"
    )
    yield Provided("Hyperband", f"{room}.hyperband:Hyperband", "halvings that begin at several epochs, side by side")
    yield Provided("MedianStop", f"{room}.median_stop:MedianStop", "stops what is worse than the median of the others")
