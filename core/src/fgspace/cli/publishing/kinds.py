"""What a new package has of each kind of type: a file, its record, and a line of the README."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class NewKind:
    """One kind in a new package. `$Name` and `$package` stand for those of the plugin.

    `words` is what several are called; the records are hook → `Provided(...)` as it is written; `shown` are name, kind
    and summary of each type, for the README.
    """

    words: str
    module: str
    records: Mapping[str, str]
    shown: tuple[tuple[str, str, str], ...]


def _kind(
    word: str, words: str, module: str, hook: str, name: str, target: str, summary: str, more: str = ""
) -> NewKind:
    """Return a kind of which a new package has one type."""
    return NewKind(words, module, {hook: _record(name, f"{module}:{target}", summary, more)}, ((name, word, summary),))


def _record(name: str, target: str, summary: str, more: str = "") -> str:
    arguments = [f'"{name}"', f'"$package.{target}"', f'"{summary}"', *filter(None, [more])]
    return "Provided(\n" + "".join(f"            {one},\n" for one in arguments) + "        )"


_WIDENED = "repeats the channels, and scales each"

NEW_KINDS: Mapping[str, NewKind] = MappingProxyType(
    {
        "module": _kind(
            "block",
            "blocks",
            "blocks",
            "modules",
            "${Name}Block",
            "${Name}Block",
            "separable convolution with a gate for each channel, and a shortcut",
            'examples=({"out_channels": 8}, {"out_channels": 16, "kernel": 5, "stride": 2})',
        ),
        "process": _kind(
            "process",
            "processes",
            "processes",
            "modules",
            "${Name}WithoutBias",
            "${Name}WithoutBias",
            "leaves out the biases of linear layers",
            'tags=("process",)',
        ),
        "space": _kind(
            "search space",
            "search spaces",
            "spaces",
            "search_spaces",
            "${Name}Space",
            "${Name}Space",
            "convolutions in a row, two tokens each: width and kernel",
        ),
        "algorithm": _kind(
            "search algorithm",
            "search algorithms",
            "algorithms",
            "algorithms",
            "${Name}Climber",
            "${Name}Climber",
            "moves one hyper-parameter of the best point, and looks elsewhere where it is stuck",
            'tags=("learns",)',
        ),
        "evaluator": _kind(
            "evaluator",
            "evaluators",
            "evaluators",
            "evaluators",
            "${Name}GradientNorm",
            "${Name}GradientNorm",
            "the norm of the gradient before training, a cheap hint at what a network will learn",
        ),
        "dataset": _kind(
            "data set",
            "data sets",
            "datasets",
            "datasets",
            "${Name}Shapes",
            "${Name}Shapes",
            "bars, squares and crosses, drawn with noise",
            'examples=({"images": 60}, {"images": 30, "size": 8, "noise": 0.0})',
        ),
        "exporter": _kind(
            "exporter",
            "exporters",
            "exporters",
            "exporters",
            "$name-torchscript",
            "export",
            "TorchScript, which runs without the Python code of the network",
        ),
        "executor": _kind(
            "executor",
            "executors",
            "executors",
            "executors",
            "${Name}Threads",
            "${Name}Threads",
            "trials in threads, for evaluators that wait",
        ),
        "early-stopping": _kind(
            "early stopping rule",
            "early stopping rules",
            "early_stopping",
            "early_stopping",
            "${Name}Hopeless",
            "${Name}Hopeless",
            "stops what is worse at an epoch than every complete trial was",
            'examples=({"epochs": 5},)',
        ),
        "converter": _kind(
            "converter",
            "converters",
            "converters",
            "converters",
            "$name-grid",
            "${Name}GridConverter",
            "grids of $name, as JSON",
            'examples="$package.converters:examples"',
        ),
        "observer": _kind(
            "observer",
            "observers",
            "observers",
            "observers",
            "${Name}Records",
            "${Name}Records",
            "prints every trial that is better than all before it",
        ),
        "cost": _kind(
            "cost",
            "costs",
            "costs",
            "costs",
            "${Name}Activations",
            "${Name}Activations",
            "the elements of the outputs of all layers",
        ),
        "measurement": _kind(
            "measurement",
            "measurements",
            "measurements",
            "measurements",
            "${Name}Building",
            "${Name}Building",
            "the milliseconds that building the network takes",
        ),
        "cost-rule": NewKind(
            "cost rules",
            "cost_rules",
            {
                "modules": _record("${Name}Widen", "cost_rules:${Name}Widen", _WIDENED),
                "cost_rules": _record("${Name}Widen", "cost_rules:count", "counts ${Name}Widen"),
            },
            (("${Name}Widen", "block with a cost rule", _WIDENED),),
        ),
    }
)
"""What `--kind` may name."""
