"""Provides core's own types, through the hooks that every plugin uses."""

from fgspace.plugins.hookspecs import Fit, Provided, SearchTask, hookimpl
from fgspace.plugins.torch_names import TORCH_NAMES

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

_RULES = {
    "convolution": """
        Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d
    """,
    "linear": """
        Embedding Linear
    """,
    "norm": """
        BatchNorm1d BatchNorm2d BatchNorm3d GroupNorm InstanceNorm1d InstanceNorm2d InstanceNorm3d LayerNorm
        LocalResponseNorm RMSNorm
    """,
    "pooling": """
        AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d
        AdaptiveMaxPool3d AvgPool1d AvgPool2d AvgPool3d LPPool1d LPPool2d LPPool3d MaxPool1d MaxPool2d
        MaxPool3d
    """,
    "elementwise": """
        AlphaDropout CELU Dropout Dropout1d Dropout2d Dropout3d ELU FeatureAlphaDropout GELU GLU Hardshrink
        Hardsigmoid Hardswish Hardtanh Identity LeakyReLU LogSigmoid LogSoftmax Mish PReLU RReLU ReLU ReLU6
        SELU SiLU Sigmoid Softmax Softmax2d Softmin Softplus Softshrink Softsign Tanh Tanhshrink Threshold
    """,
    "reshape": """
        ChannelShuffle CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d
        Flatten PixelShuffle PixelUnshuffle ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d
        ReplicationPad2d ReplicationPad3d Unflatten Upsample UpsamplingBilinear2d UpsamplingNearest2d
        ZeroPad1d ZeroPad2d ZeroPad3d
    """,
}
"""File of rules → the modules of `torch.nn` that it has rules for, written out so that listing them imports nothing."""


@hookimpl
def fgspace_provide_modules() -> list[Provided]:
    """Core's composites and combinators, and every module of `torch.nn`."""
    room = "fgspace.network.parts"
    return [
        Provided("FineGrainedSpace", f"{room}.part:FineGrainedSpace", "a module made of named modules"),
        *(Provided(name, f"{room}.combinators:{name}", summary) for name, summary in _COMBINATORS.items()),
        *(Provided(name, f"torch.nn:{name}", f"torch.nn.{name}", tags=("torch",)) for name in TORCH_NAMES),
    ]


@hookimpl
def fgspace_provide_search_spaces() -> list[Provided]:
    """The space that a file describes."""
    target = "fgspace.network.parts.part:FineGrainedSpace"
    return [Provided("FineGrainedSpace", target, "named modules and hyper-parameters")]


@hookimpl
def fgspace_provide_algorithms() -> list[Provided]:
    """The algorithms that take any space and need no options."""
    room = "fgspace.study.algorithms"
    return [
        Provided(
            "RandomSearch",
            f"{room}.random_search:RandomSearch",
            "draws points at random, each once",
            formerly=("fgspace.search.random:RandomSearch",),
            suits=lambda task: Fit(10, "no installed algorithm suits the search better"),
        ),
        Provided(
            "GridSearch",
            f"{room}.grid_search:GridSearch",
            "goes through every point, in order",
            formerly=("fgspace.search.grid:GridSearch",),
            suits=_suits_a_grid,
        ),
        Provided(
            "Relay",
            f"{room}.relay:Relay",
            "lets one algorithm begin and others go on",
        ),
        Provided(
            "Auto",
            f"{room}.auto:Auto",
            "the one that suits space, objectives and budget best",
            formerly=("fgspace.search.auto:Auto",),
        ),
    ]


@hookimpl
def fgspace_provide_executors() -> list[Provided]:
    """The executors of this machine."""
    room = "fgspace.study.executors"
    return [
        Provided("SerialExecutor", f"{room}.executor:SerialExecutor", "one trial at a time, in this process"),
        Provided("ProcessExecutor", f"{room}.processes:ProcessExecutor", "trials in worker processes"),
    ]


@hookimpl
def fgspace_provide_costs() -> list[Provided]:
    """The costs that follow from the layers of a network."""
    room = "fgspace.network.count.own_costs"
    return [
        Provided("params", f"{room}:Params", "the number of learned parameters"),
        Provided("macs", f"{room}:Macs", "the multiply-adds of one input"),
        Provided("bops", f"{room}:Bops", "multiply-adds times the bits of weights and activations"),
        Provided("PeakMemory", f"{room}:PeakMemory", "the most bytes of activations that are held at the same time"),
    ]


@hookimpl
def fgspace_provide_cost_rules() -> list[Provided]:
    """The rules of those modules of `torch.nn` that can be counted without torch."""
    room = "fgspace.network.count.rules"
    return [
        Provided(name, f"{room}.{file}:RULES.{name}", f"counts torch.nn.{name}")
        for file, names in _RULES.items()
        for name in names.split()
    ]


def _suits_a_grid(task: SearchTask) -> Fit | None:
    if task.points > task.trials:
        return None
    return Fit(90, f"{task.trials} trials go through all {task.points} points")
