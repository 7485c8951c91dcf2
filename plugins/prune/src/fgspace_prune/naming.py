"""Names groups of channels: after the layer that makes them first, with its channels where it makes several groups."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fgspace_prune.groups import Group, layer_of

Found = Sequence[tuple[Group, np.ndarray]]
"""The groups, each with its classes."""


@dataclass(frozen=True)
class Made:
    """A weight that makes channels: its name, and the class of each channel that it makes, (channels,)."""

    weight: str
    classes: np.ndarray


def named(groups: Found, made: Sequence[Made]) -> list[tuple[Group, np.ndarray]]:
    """Return the groups with unique names.

    The name is that of the first layer, where this layer makes no other group. Else the channels that it makes of the
    group are added, as in `a[0:16]`; where a layer has several weights, the weight's name replaces that of the layer.
    """
    times = Counter(group.name for group, _ in groups)
    of = {cls: number for number, (_, classes) in enumerate(groups) for cls in classes.tolist()}  # none is in two
    split = {layer_of(one.weight) for one in made if len({of[c] for c in one.classes.tolist() if c in of}) > 1}
    plain = {name for name, count in times.items() if count == 1 and name not in split}
    names = [group.name if group.name in plain else _ranged(group, classes, made) for group, classes in groups]
    return [(replace(group, name=_numbered(names, i)), classes) for i, (group, classes) in enumerate(groups)]


def _ranged(group: Group, classes: np.ndarray, made: Sequence[Made]) -> str:
    mine = [one for one in made if layer_of(one.weight) == group.name]
    first = next(one for one in mine if np.isin(one.classes, classes).any())
    name = group.name if len({one.weight for one in mine}) == 1 else first.weight
    return f"{name}[{','.join(_runs(np.isin(first.classes, classes).nonzero()[0].tolist()))}]"


def _runs(indices: Sequence[int]) -> list[str]:
    """Return sorted indices as slices of Python: `0:16`, or `0:16:2` for every second."""
    runs, left = [], list(indices)
    while left:
        step = left[1] - left[0] if len(left) > 1 else 1
        length = next((i for i in range(1, len(left)) if left[i] - left[i - 1] != step), len(left))
        runs.append(f"{left[0]}:{left[length - 1] + 1}" + (f":{step}" if step > 1 and length > 1 else ""))
        left = left[length:]
    return runs


def _numbered(names: Sequence[str], index: int) -> str:
    """Return a name with the number of those that are equal before it: one weight may make channels along two dims."""
    before = names[:index].count(names[index])
    return f"{names[index]}#{before + 1}" if before else names[index]
