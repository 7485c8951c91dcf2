"""What a latency may depend on in a network: its operations by kind, the work they do, and how they are joined."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from fgspace import CountedNetwork, Graph, Step

GROUPS = ("all", "work", "used", "used work", "structure", "places")
"""The groups of features: the operations by kind; what they compute, hold and move; the same of those that the output
depends on; the joins and the longest path; and which operation is at which place."""

Features = Mapping[str, Mapping[str, float]]
"""Group → name of a feature → value; a feature that is absent is 0."""


def features(network: CountedNetwork) -> Features:
    """Return the features of a network.

    An operation that the output does not depend on runs on some devices and is left out by others, which the measured
    networks show: so there are counts of both kinds.
    """
    graph = network.graph
    used = graph.used()
    steps = [step for step in graph.steps if step.type != "Input"]
    reached = [step for step, is_used in zip(graph.steps, used, strict=True) if is_used and step.type != "Input"]
    kinds = {id(step): kind(step) for step in steps}
    return {
        "all": Counter(kinds[id(step)] for step in steps),
        "work": _work(steps),
        "used": Counter(kinds[id(step)] for step in reached),
        "used work": _work(reached),
        "structure": _structure(graph, used),
        "places": {f"{step.path} {kinds[id(step)]}": 1.0 for step in reached},
    }


def table(many: Sequence[Features], names: Mapping[str, Sequence[str]]) -> dict[str, np.ndarray]:
    """Return group → array (networks, features), in the order of the names."""
    return {
        group: np.array([[one[group].get(name, 0.0) for name in names[group]] for one in many], dtype=float).reshape(
            len(many), len(names[group])
        )
        for group in GROUPS
    }


def names_in(many: Sequence[Features]) -> dict[str, list[str]]:
    """Return group → the names of the features that any of these networks has."""
    return {group: sorted({name for one in many for name in one[group]}) for group in GROUPS}


def kind(step: Step) -> str:
    """Return the kind of an operation: its type, with its reach where it multiplies, and its stride.

    The reach is the number of multiply-adds for one value that it makes and one channel that it reads: 9 for a 3×3
    convolution, 1 for a linear layer, less for a convolution with groups.
    """
    inside, outside = _values(step.in_shape), _values(step.out_shape)
    channels = step.in_shape[0] if step.in_shape and isinstance(step.in_shape[0], int) else 1
    reach = f" {step.macs / max(outside * channels, 1):.3g}" if step.macs else ""
    stride = f" /{inside / outside:.2g}" if step.macs and outside and inside > outside and not reach else ""
    return f"{step.type}{reach}{stride}"


def _work(steps: Sequence[Step]) -> dict[str, float]:
    """Return what is computed, held and moved."""
    return {
        "macs": float(sum(step.macs for step in steps)),
        "params": float(sum(step.params for step in steps)),
        "values": float(sum(_values(step.in_shape) + _values(step.out_shape) for step in steps)),
    }


def _structure(graph: Graph, used: Sequence[bool]) -> dict[str, float]:
    """Return the joins and what they read, and the longest path by operations and by multiply-adds."""
    longest = [0.0] * len(graph.steps)
    costliest = [0.0] * len(graph.steps)
    joins = reads = 0
    for index, step in enumerate(graph.steps):
        if not used[index] or step.type == "Input":
            continue
        longest[index] = 1 + max((longest[read] for read in step.reads), default=0.0)
        costliest[index] = step.macs + max((costliest[read] for read in step.reads), default=0.0)
        joins += step.index < 0
        reads += len(step.reads) if step.index < 0 else 0
    return {
        "joins": float(joins),
        "reads of joins": float(reads),
        "longest path": max(longest, default=0.0),
        "costliest path": max(costliest, default=0.0),
    }


def _values(shape: Any) -> int:
    if shape and isinstance(shape[0], tuple):
        return sum(map(_values, shape))
    return prod(shape)
