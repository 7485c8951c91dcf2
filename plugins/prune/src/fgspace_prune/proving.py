"""Proves a plan by running the model with a little cut: attributes that must be set are found, what fails is kept."""

from collections.abc import Callable, Sequence

import fgspace
import numpy as np
from torch import nn

from fgspace_prune.events import Doubt
from fgspace_prune.groups import STAYS, Plan
from fgspace_prune.keep import Masks
from fgspace_prune.places import integers
from fgspace_prune.record import Record
from fgspace_prune.remembered import Search
from fgspace_prune.slicing import sliced
from fgspace_prune.trace import Trace, example, running
from fgspace_prune.views import Views


def proven(model: nn.Module, input_shape: Sequence[int], traced: Trace, read: Callable[[Trace], Plan]) -> Plan:
    """Return the plan of a trace with the attributes that a small model must have set.

    Heads whose number the code writes out stay, with a note. Where the code writes out another width, the channels are
    in the plan, and pruning them is an error that names the line. The model does not run again where no channels are in
    doubt, and no attribute of its modules has the value of a width.
    """
    record, plan = traced.record, read(traced)
    if not (_in_doubt(plan, record) or _holds_a_width(model, plan, record)):
        return plan

    def run(of: Plan, masks: Masks, views: Views) -> bool:
        small = sliced(of, model, masks).eval()
        try:
            with running(), views:
                fgspace.trace.call(small, example(small, input_shape))
        except Exception:  # the model's code may raise anything when its widths change
            return False
        return True

    search, spared = Search(model, record, run), set[str]()
    while (view := search.failing(plan, sorted(spared))) is not None:
        involved = _groups_of(plan, view)
        doubts = [doubt for doubt in record.doubts if doubt.view == view or involved & _groups_of(plan, doubt.view)]
        for doubt in doubts:
            record.refuse(doubt, record.sites[view].where)
        if not (doubts or involved - spared):
            break
        plan = read(traced) if doubts else plan
        spared = spared if doubts else spared | involved
    return search.found(plan)


def _in_doubt(plan: Plan, record: Record) -> bool:
    """Return whether channels that may be cut are in doubt."""
    return any(_shrinks(plan, doubt) for doubt in record.doubts)


def _shrinks(plan: Plan, doubt: Doubt) -> bool:
    return any((line != STAYS).any() for _, line in plan.views[doubt.view].lines)


def _holds_a_width(model: nn.Module, plan: Plan, record: Record) -> bool:
    """Return whether a module whose code makes a view has an attribute with the value of one of its sizes."""
    modules = dict(model.named_modules())
    for expected, site in zip(plan.views, record.sites, strict=True):
        sizes = {expected.shape[dim] for dims, _ in expected.lines for dim in dims}
        if sizes and any(value in sizes for name in site.modules for _, value in integers(modules[name])):
            return True
    return False


def _groups_of(plan: Plan, view: int) -> set[str]:
    """Return the groups whose channels decide the shape of a view."""
    if view >= len(plan.views):
        return set()
    lines = [line.reshape(-1) for _, line in plan.views[view].lines]
    classes = np.unique(np.concatenate(lines)) if lines else np.empty(0, dtype=np.int64)
    return {group.name for group in plan.groups if np.isin(range(plan.channels)[group.classes], classes).any()}
