"""Finds the channels that can be cut from a model, by running it once."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import nn

from fgspace_prune.events import Labelled
from fgspace_prune.events import Run as Called
from fgspace_prune.groups import STAYS, Expected, Group, Place, Plan, Refusal, Run, Sizes, layer_of
from fgspace_prune.labels import FROZEN, Note
from fgspace_prune.naming import Made, named
from fgspace_prune.proving import proven
from fgspace_prune.record import Record
from fgspace_prune.trace import Tensor, Trace, trace

_NONE = -1
"""The group of labels that are in none."""


def plan(model: nn.Module, input_shape: Sequence[int]) -> Plan:
    """Run the model once on inputs of `input_shape`, and find the channels that can be cut.

    The model is left unchanged. The method is label propagation over the dispatched operations: every index of every
    dim of every parameter has a label, operations carry and merge labels, and an operation without a rule keeps the
    channels that it touches.
    """
    traced = trace(model, input_shape)
    return proven(model, input_shape, traced, read)


def read(traced: Trace) -> Plan:
    """Return the plan of a trace: the groups of channels, and the places where each is found."""
    record, root = traced.record, traced.record.classes()
    places = _Places(traced.tensors)
    made = _made(record, root)
    members = _members(places, root, made)
    groups = _groups(record, places, root, members)
    number = np.full(record.labels.count, STAYS)
    for group, classes in groups:
        number[classes] = np.arange(group.first, group.first + group.width)
    of = number[root]
    found = tuple(group for group, _ in groups)
    refusals = _refusals(record, places)
    return Plan(
        groups=found,
        places=tuple(_place(tensor, of) for tensor in traced.tensors),
        products=tuple(
            (p.times, tuple(s if isinstance(s, int) else of[s.numpy()] for s in p.sizes)) for p in record.products
        ),
        views=tuple(Expected(view.shape, _lines(view, of)) for view in record.views),
        projections=_projections(record, places, of, found),
        makers=tuple(dict.fromkeys(places.maker(int(producer.out[0])) for producer in record.producers)),
        notes=_notes(refusals, unknown=False),
        unknown=_notes(refusals, unknown=True),
        runs=tuple(_run(run, of) for run in record.runs),
        refusals=refusals,
    )


class _Places:
    """Finds the parameter or buffer, and its dim, for which a label was handed out."""

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        pairs = [(tensor, dim) for tensor in tensors for dim, start in enumerate(tensor.starts) if start is not None]
        self.starts = np.array([tensor.starts[dim] for tensor, dim in pairs], dtype=np.int64)
        self.pairs = pairs

    def index(self, labels: np.ndarray) -> np.ndarray:
        """Return for each label the index of its (tensor, dim) pair."""
        return np.searchsorted(self.starts, labels, side="right") - 1

    def maker(self, label: int) -> tuple[str, int]:
        """Return the name of the tensor, and its dim, for which a label was handed out."""
        tensor, dim = self.pairs[int(self.index(np.array([label]))[0])]
        return tensor.names[0], dim

    def name(self, label: int) -> str:
        """Return the name of the tensor for which a label was handed out."""
        return self.maker(label)[0]

    def layer(self, label: int) -> str:
        """Return the name of the module that holds the tensor of a label."""
        return layer_of(self.name(label))

    def made(self, out: torch.Tensor, root: np.ndarray) -> Made:
        """Return the weight that makes these labels, with the class of each index of the dim along which it does."""
        tensor, dim = self.pairs[int(self.index(out[:1].numpy())[0])]
        start = tensor.starts[dim] or 0
        return Made(tensor.names[0], root[start : start + tensor.shape[dim]])


def _made(record: Record, root: np.ndarray) -> dict[int, None]:
    """Return the classes that some weight makes, in the order in which they are first made."""
    classes = [root[producer.out.numpy()] for producer in record.producers]
    return dict.fromkeys(int(c) for line in classes for c in line if c != root[0])


def _members(places: _Places, root: np.ndarray, made: Mapping[int, None]) -> dict[tuple[int, ...], list[int]]:
    """Return set of (tensor, dim) pairs → the made classes that touch exactly these, in order."""
    labels = np.flatnonzero(np.isin(root, list(made)))
    touched: dict[int, list[int]] = {cls: [] for cls in made}
    pairs = np.unique(root[labels] * (len(places.pairs) + 1) + places.index(labels))
    for cls, owner in zip(*(part.tolist() for part in np.divmod(pairs, len(places.pairs) + 1)), strict=True):
        touched[cls].append(owner)
    members: dict[tuple[int, ...], list[int]] = {}
    for cls in made:
        members.setdefault(tuple(touched[cls]), []).append(cls)
    return members


def _groups(
    record: Record, places: _Places, root: np.ndarray, members: Mapping[tuple[int, ...], list[int]]
) -> list[tuple[Group, np.ndarray]]:
    # A group keeps at least one channel, so one of a single class leaves nothing to decide.
    decided = [classes for classes in members.values() if len(classes) > 1]
    of = np.full(len(root), _NONE)
    for number, classes in enumerate(decided):
        of[classes] = number
    of = of[root]
    layers = _touching([producer.out for producer in record.producers], places.layer, of, len(decided))
    scales = _touching(record.scales, places.name, of, len(decided))
    groups, first = [], 0
    for classes, by, scaled in zip(decided, layers, scales, strict=True):
        groups.append((Group(by[0], len(classes), first, by, scaled), np.array(classes)))
        first += len(classes)
    made = [places.made(producer.out, root) for producer in record.producers]
    return named(groups, made)


def _touching(
    lines: Sequence[torch.Tensor], name: Callable[[int], str], of: np.ndarray, groups: int
) -> list[tuple[str, ...]]:
    """Return for each group the names of the lines with a label of it, in order; `of` is the group of each label."""
    found: list[dict[str, None]] = [{} for _ in range(groups)]
    for line in lines:
        touched = [group for group in np.unique(of[line.numpy()]).tolist() if group != _NONE]
        called = name(int(line[0])) if touched else ""
        for group in touched:
            found[group][called] = None
    return [tuple(names) for names in found]


def _place(tensor: Tensor, of: np.ndarray) -> Place:
    lines = [None if s is None else of[s : s + size] for s, size in zip(tensor.starts, tensor.shape, strict=True)]
    cut = tuple(None if line is None or (line == STAYS).all() else line for line in lines)
    return Place(tensor.names, tensor.shape, cut, tensor.parameter)


def _run(run: Called, of: np.ndarray) -> Run:
    inputs, outputs = ([_sizes(tensor, of) for tensor in end] for end in (run.inputs, run.outputs))
    return Run(run.key, tuple(inputs), tuple(outputs), run.parameters, run.products)


def _sizes(tensor: Labelled, of: np.ndarray) -> Sizes:
    sizes: list[np.ndarray | int] = list(tensor.shape)
    for dims, classes in _lines(tensor, of):
        for position, dim in enumerate(dims):
            # Along the other dims all indices are in one class, or this dim does not shrink.
            line = np.moveaxis(classes, position, 0).reshape(classes.shape[position], -1)[:, 0]
            if len(dims) == 1 or (line != line[0]).any():
                sizes[dim] = line
    return tuple(sizes)


def _lines(tensor: Labelled, of: np.ndarray) -> tuple[tuple[tuple[int, ...], np.ndarray], ...]:
    """Return for each plane its dims, and the classes along these, unless all of them stay."""
    lines = ((dims, of[labels.numpy()]) for dims, labels in tensor.planes)
    return tuple((dims, line) for dims, line in lines if (line != STAYS).any())


def _projections(record: Record, places: _Places, of: np.ndarray, groups: Sequence[Group]) -> tuple[str, ...]:
    """Return the layers that make channels of a coupled group from those of a coupled group or of the first group."""
    node = np.zeros(sum(group.width for group in groups) + 1, dtype=bool)
    coupled = node.copy()
    for group in groups:
        coupled[group.classes] = group.coupled
        node[group.classes] = group.coupled or group.first == 0
    names = [
        places.layer(int(producer.out[0]))
        for producer in record.producers
        if producer.read is not None
        and coupled[of[producer.out.numpy()]].any()
        and node[of[producer.read.numpy()]].all()
    ]
    return tuple(dict.fromkeys(names))


def _refusals(record: Record, places: _Places) -> tuple[Refusal, ...]:
    """Return the reasons why channels stay, with the layers that make these channels, each line of the code once."""
    together = record.labels.classes(frozen=False)
    makers = [(places.layer(int(line[0])), together[line]) for line in (p.out.numpy() for p in record.producers)]
    layers: dict[tuple[str, str, bool], dict[str, None]] = {}
    for note in record.notes:
        stay = np.zeros(len(together), dtype=bool)
        stay[together[note.labels.numpy()]] = True
        stay[FROZEN] = False
        names = dict.fromkeys(name for name, classes in makers if stay[classes].any())
        layers.setdefault((note.reason, note.where, note.unknown), {}).update(names)
    found = tuple(Refusal(tuple(names), *key) for key, names in layers.items() if names)
    return found or tuple(_held(note, places) for note in record.notes)


def _held(note: Note, places: _Places) -> Refusal:
    """Return a reason with the layers that hold the channels, where it is known of none that it makes channels."""
    held = dict.fromkeys(places.layer(int(label)) for label in note.labels if label != FROZEN)
    return Refusal(tuple(held), note.reason, note.where, note.unknown)


def _notes(refusals: Sequence[Refusal], unknown: bool) -> tuple[str, ...]:
    """Return one line for each reason why channels stay, wherever in the code it is."""
    layers: dict[str, dict[str, None]] = {}
    for one in refusals:
        if one.unknown == unknown:
            layers.setdefault(one.reason, {}).update(dict.fromkeys(one.layers))
    return tuple(str(Refusal(tuple(names), reason)) for reason, names in layers.items())
