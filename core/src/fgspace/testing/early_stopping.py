"""The conformance suite of early stopping rules."""

import pickle
from collections.abc import Sequence
from random import Random
from typing import Any, ClassVar, Self

import pytest

from fgspace.plugins.registry import Type
from fgspace.study.early_stopping.rule import Check, EarlyStopping
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Curve, Report, Trial
from fgspace.testing.kit.checks import only_if
from fgspace.testing.kit.examples import Example

GAIN = Objectives({"gain": "max"})
LOSS = Objectives({"loss": "min"})
TWO = Objectives({"gain": "max", "price": "min"})
EPOCHS = 9


class EarlyStoppingSuite:
    """What every early stopping rule must do: subclass it in a test module, with `make`.

        class TestPatience(EarlyStoppingSuite):
            def make(self, objectives, **options):
                return Patience(objectives, **options)

    Attributes:
        spares_the_best: whether it never stops a trial that is better than all others at every epoch.
        stops: whether it stops some of 40 trials with different curves.
    """

    spares_the_best = True
    stops = True
    promises: ClassVar[int] = 11

    @classmethod
    def of(cls, found: Type, example: Example) -> Self:
        """Return the suite of a type, tried as an example has it.

        The options of an example suit trials of nine epochs. Tags of its record say more of it: "may-stop-the-best",
        and "may-stop-none" where it need not stop any of 40 trials.
        """
        suite, make = cls(), found.load()
        suite.__dict__["make"] = lambda objectives: make(objectives, **example.options)
        suite.spares_the_best = "may-stop-the-best" not in found.tags
        suite.stops = "may-stop-none" not in found.tags
        return suite

    def given(self, name: str) -> Any:
        """Return nothing: the tests take no more than their cases."""
        raise NotImplementedError(name)

    def make(self, objectives: Objectives, **options: Any) -> EarlyStopping:
        """Make the rule, with options that suit trials of nine epochs."""
        raise NotImplementedError("make(objectives, **options) returns the rule to test")

    def test_a_check_returns_a_reason_of_one_line_or_none(self) -> None:
        """The reason follows "stopped after epoch 3: " in the record of a trial."""
        reasons = [reason for _, _, reason in self._run(GAIN, 40)]
        assert all(reason is None or (reason and "\n" not in reason) for reason in reasons)
        assert any(reasons) or not self.stops

    def test_its_checks_are_light_and_can_be_pickled(self) -> None:
        """A pickle has at most a few kilobytes, and returns the same reasons."""
        rule = self._told(GAIN, 300)
        for number in range(300, 320):
            check = rule.check(Trial(number, {}))
            sent = pickle.dumps(check)
            assert len(sent) < 10_000
            there = pickle.loads(sent)
            for curve in _ends(_curve("gain", number)):
                assert check(curve) == there(curve)

    def test_a_check_knows_the_trials_before_it_was_made(self) -> None:
        """Neither later trials nor calls change its answers."""
        rule = self._told(GAIN, 30)
        check = rule.check(Trial(30, {}))
        before = [_verdicts(check, "gain", number) for number in range(30, 40)]
        for number in range(30, 60):
            rule.learn(_finished(GAIN, number, EPOCHS))
        assert [_verdicts(check, "gain", number) for number in range(30, 40)] == before

    @pytest.mark.parametrize("told", [0, 1, 7, 31])
    def test_telling_its_trials_again_makes_the_same_rule(self, told: int) -> None:
        """After a replay it stops the same trials as a rule that was never interrupted."""
        run = self._run(GAIN, 40)
        again = self.make(GAIN)
        for number, curve, reason in run[:told]:
            again.learn(_trial(GAIN, number, curve, reason))
        assert self._run(GAIN, 40 - told, told, again) == run[told:]

    def test_it_stops_the_same_trials_if_signs_and_directions_are_reversed(self) -> None:
        """Maximising a gain is minimising the loss of the same size."""
        ends = [
            [(number, len(curve), reason is None) for number, curve, reason in self._run(objectives, 40)]
            for objectives in (GAIN, LOSS)
        ]
        assert ends[0] == ends[1]

    def test_it_learns_from_trials_of_every_kind(self) -> None:
        """Failed trials with reports, infeasible ones, and complete ones without reports do not stop it."""
        rule = self.make(GAIN)
        for number in range(0, 80, 4):
            curve = _curve("gain", number)
            rule.learn(Trial(number, {}, "failed", {}, "ValueError: no", curve=curve[:2]))
            rule.learn(Trial(number + 1, {}, "infeasible", {"price": 9.0}, "price is 9.0"))
            rule.learn(Trial(number + 2, {}, "complete", {"gain": 0.5}))
            rule.learn(_finished(GAIN, number + 3, EPOCHS))
            _verdicts(rule.check(Trial(number + 4, {})), "gain", number)

    def test_values_that_are_not_finite_are_taken(self) -> None:
        """A training that diverges may report NaN and infinity."""
        rule = self._told(LOSS, 20)
        wrecked = tuple(Report(epoch, {"loss": float("nan" if epoch % 2 else "inf")}) for epoch in range(1, EPOCHS))
        _verdict_of(rule.check(Trial(20, {})), wrecked)
        rule.learn(Trial(20, {}, "complete", {"loss": 1.0}, curve=wrecked))
        _verdicts(rule.check(Trial(21, {})), "loss", 21)

    def test_it_takes_several_objectives_with_costs_known_before(self) -> None:
        """The costs are among the metrics of the trial that a check is made for."""
        rule = self.make(TWO)
        for number in range(40):
            price = float(number % 5)
            check = rule.check(Trial(number, {}, metrics={"price": price}))
            curve, reason = _until(check, _curve("gain", number))
            state: Any = "stopped" if reason else "complete"
            metrics = {"price": price, **curve[-1].metrics}
            rule.learn(Trial(number, {}, state, metrics, reason, curve=curve))

    @only_if("spares_the_best", "it may stop the best")
    def test_it_does_not_stop_the_best_trial_so_far(self) -> None:
        """A trial that is better than all others at every epoch is not stopped."""
        for objectives, value in ((GAIN, 2.0), (LOSS, -2.0)):
            (name,) = objectives.directions
            ahead = tuple(Report(epoch, {name: value}) for epoch in range(1, EPOCHS))
            for told in (0, 1, 5, 40):
                rule = self._told(objectives, told)
                assert _verdict_of(rule.check(Trial(told, {})), ahead) is None

    def _told(self, objectives: Objectives, trials: int) -> EarlyStopping:
        rule = self.make(objectives)
        for number in range(trials):
            rule.learn(_finished(objectives, number, EPOCHS if number % 3 else 2))
        return rule

    def _run(
        self, objectives: Objectives, trials: int, start: int = 0, rule: EarlyStopping | None = None
    ) -> list[tuple[int, Curve, str | None]]:
        """Run this number of trials one after the other, and return number, curve and reason of each."""
        rule = rule or self.make(objectives)
        (name,) = objectives.directions
        run = []
        for number in range(start, start + trials):
            curve, reason = _until(rule.check(Trial(number, {})), _curve(name, number))
            rule.learn(_trial(objectives, number, curve, reason))
            run.append((number, curve, reason))
        return run


def _curve(name: str, number: int) -> Curve:
    """Return the reports of the trial of this number: a curve with its own height, pace and noise."""
    rng = Random(number)
    height, pace = rng.random(), 0.3 + 2 * rng.random()
    gains = [height * epoch / (epoch + pace) + 0.02 * rng.random() for epoch in range(1, EPOCHS + 1)]
    return tuple(Report(epoch, {name: gain if name == "gain" else -gain}) for epoch, gain in enumerate(gains, 1))


def _finished(objectives: Objectives, number: int, epochs: int) -> Trial:
    (name,) = objectives.directions
    return _trial(objectives, number, _curve(name, number)[:epochs], None if epochs == EPOCHS else "poor")


def _trial(objectives: Objectives, number: int, curve: Curve, reason: str | None) -> Trial:
    return Trial(number, {}, "stopped" if reason else "complete", curve[-1].metrics, reason, curve=curve)


def _ends(curve: Curve) -> Sequence[Curve]:
    return [curve[:end] for end in range(1, len(curve) + 1)]


def _until(check: Check, curve: Curve) -> tuple[Curve, str | None]:
    """Return the curve up to the epoch at which it is stopped, and the reason; the last epoch is not checked."""
    for reported in _ends(curve)[:-1]:
        if reason := check(reported):
            return reported, reason
    return curve, None


def _verdicts(check: Check, name: str, number: int) -> list[str | None]:
    return [check(curve) for curve in _ends(_curve(name, number))]


def _verdict_of(check: Check, curve: Curve) -> str | None:
    return _until(check, (*curve, curve[-1]))[1]
