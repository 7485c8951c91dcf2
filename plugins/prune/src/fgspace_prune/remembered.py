"""Finds attributes in which a model's code keeps a number of channels or heads, by value, and proves them by running.

The model is cut a little, and run. Where a view has another shape than it should have, an attribute of the modules
whose code runs there, with the value that the shape had before, is set to the one that it should have. It is taken for
the cause if the next run gets further.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import nn

from fgspace_prune.groups import STAYS, Plan, Remembered
from fgspace_prune.keep import Masks, keep_vector
from fgspace_prune.places import integers
from fgspace_prune.record import Record
from fgspace_prune.views import Views, smaller

ATTEMPTS = 200
"""The number of runs after which the search ends."""


@dataclass(frozen=True)
class Guess:
    """An attribute that may hold the size of a dim of a view: the number of the view, its dim, and the module."""

    view: int
    dim: int
    module: str
    attribute: str
    value: int


def restore(model: nn.Module, remembered: Sequence[Remembered], kept: np.ndarray) -> None:
    """Set the attributes of a small model to the numbers that it has."""
    modules = dict(model.named_modules())
    for one in remembered:
        holder: Any = modules[one.module]
        first, _, rest = one.attribute.partition(".")
        if rest:  # others may share the object, so the module gets one of its own
            setattr(holder, first, copy.copy(getattr(holder, first)))
            holder, first = getattr(holder, first), rest
        setattr(holder, first, one.value * int(kept[one.classes].sum()) // len(one.classes))


class Search:
    """Looks for the attributes of one model, given its record and its plan.

    `run` makes the small model of a plan and masks, and runs it inside a mode; it returns whether it ends well.
    """

    def __init__(self, model: nn.Module, record: Record, run: Callable[[Plan, Masks, Views], bool]) -> None:
        self.modules = dict(model.named_modules())
        self.record = record
        self.run = run
        self.guesses: list[Guess] = []
        self.runs = 0

    def found(self, plan: Plan) -> Plan:
        """Return the plan with the attributes that the guesses name."""
        found = (self._remembered(plan, guess) for guess in self.guesses)
        return replace(plan, remembered=tuple(one for one in found if (one.classes != STAYS).any()))

    def failing(self, plan: Plan, spared: Sequence[str]) -> int | None:
        """Add guesses until the small model runs; return the number of the view at which it does not, None if it does.

        Groups that are `spared` keep all their channels.
        """
        masks = {g.name: (*[1] * (g.width - 1), 0) for g in plan.groups if g.name not in spared}
        kept = keep_vector(plan, masks)
        reached = self._reached(plan, masks, kept)
        while reached is not None:
            further = self._further(plan, masks, kept, reached)
            if further == reached:
                break
            reached = further
        return reached

    def _further(self, plan: Plan, masks: Masks, kept: np.ndarray, reached: int) -> int | None:
        """Add the first guess with which the model runs further; return how far, `reached` where there is none."""
        before = self.guesses
        for guess in self._candidates(plan, reached, kept) if self.runs < ATTEMPTS else ():
            self.guesses = [*before, *self._alike(plan, guess)]
            now = self._reached(plan, masks, kept)
            if now is None or now > reached:
                return now
        self.guesses = before
        return reached

    def _reached(self, plan: Plan, masks: Mapping[str, Sequence[int]], kept: np.ndarray) -> int | None:
        self.runs += 1
        views = Views(plan.views, kept)
        ended = self.run(self.found(plan), masks, views)
        return views.first_odd if views.first_odd is not None else None if ended else views.seen

    def _candidates(self, plan: Plan, view: int, kept: np.ndarray) -> list[Guess]:
        """Return the attributes that may hold a size of this view which is another one in the small model."""
        if view >= len(plan.views):
            return []
        full, small = plan.views[view].shape, smaller(plan.views[view], kept)
        changed = [dim for dim in range(len(full)) if full[dim] != small[dim]]
        taken = {(guess.module, guess.attribute) for guess in self.guesses}
        exact, parts = [], []
        for name in self.record.sites[view].modules:
            for attribute, value in integers(self.modules[name]):
                for dim in changed if (name, attribute) not in taken else ():
                    guess = Guess(view, dim, name, attribute, value)
                    if value == full[dim]:
                        exact.append(guess)
                    elif value > 1 and full[dim] % value == 0 and value * small[dim] % full[dim] == 0:
                        parts.append(guess)
        return [*exact, *parts]

    def _alike(self, plan: Plan, guess: Guess) -> list[Guess]:
        """Return a guess, and the same for all other modules of its class whose views come from the same line."""
        kind, where = type(self.modules[guess.module]), self.record.sites[guess.view].where
        found = {guess.module: guess}
        for view, site in enumerate(self.record.sites):
            if site.where == where and plan.views[view].lines:
                for name in site.modules:
                    value = dict(integers(self.modules[name])).get(guess.attribute)
                    if type(self.modules[name]) is kind and value is not None:
                        found.setdefault(name, Guess(view, guess.dim, name, guess.attribute, value))
        taken = {(one.module, one.attribute) for one in self.guesses}
        return [one for one in found.values() if (one.module, one.attribute) not in taken]

    def _remembered(self, plan: Plan, guess: Guess) -> Remembered:
        lines = [(dims, classes) for dims, classes in plan.views[guess.view].lines if guess.dim in dims]
        line = np.full(1, STAYS)
        for dims, classes in lines:
            position = dims.index(guess.dim)
            line = np.moveaxis(classes, position, 0).reshape(classes.shape[position], -1)[:, 0]
        return Remembered(guess.module, guess.attribute, guess.value, line)
