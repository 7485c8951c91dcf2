"""The rules: each against a computation by hand or by brute force, and what must hold of all of them."""

import math
import pickle
from statistics import mean, median

import pytest
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Report, Trial
from fgspace_stopping.hyperband import Hyperband
from fgspace_stopping.median_stop import MedianStop
from fgspace_stopping.successive_halving import SuccessiveHalving
from hypothesis import given
from hypothesis import strategies as st

ACCURACY = Objectives({"accuracy": "max"})
LOSS = Objectives({"loss": "min"})
SMALL = Objectives({"accuracy": "max", "macs": "min"})

values = st.integers(0, 20)
curves = st.lists(values, min_size=1, max_size=30)


def curve(accuracies, name="accuracy"):
    return tuple(Report(epoch, {name: float(value)}) for epoch, value in enumerate(accuracies, 1))


def told(rule, curves, name="accuracy"):
    """Tell a rule trials with these curves, each one value an epoch."""
    for number, one in enumerate(curves):
        rule.learn(Trial(number, {}, "complete", {name: float(one[-1])}, curve=curve(one, name)))
    return rule


def epoch_stopped(check, accuracies, name="accuracy"):
    """Return the epoch after which a check stops a curve, None where it never does."""
    reports = curve(accuracies, name)
    return next((end for end in range(1, len(reports) + 1) if check(reports[:end])), None)


def test_at_a_rung_of_successive_halving_the_best_third_goes_on():
    rule = told(
        SuccessiveHalving(ACCURACY), [[0.1, 0.5, 0.5], [0.2, 0.5, 0.6], [0.3, 0.5, 0.7], [0.4, 0.5, 0.8], [0.5]]
    )
    check = rule.check(Trial(5, {}))
    # Six at epoch 1, its own included: two go on. Five at epoch 3: one goes on.
    assert check(curve([0.4])) is None
    assert check(curve([0.39])) == "accuracy 0.39 is below 0.4; of 6 trials there, the best 2 go on"
    assert check(curve([0.4, 0.0])) is None
    assert check(curve([0.4, 0.4, 0.8])) is None
    assert check(curve([0.4, 0.4, 0.79])) == "accuracy 0.79 is below 0.8; of 5 trials there, the best 1 go on"
    assert check(curve([0.4, 0.4, 0.8, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])) is None


def test_what_is_to_be_minimised_is_judged_the_other_way_round():
    rule = told(SuccessiveHalving(LOSS, min_epochs=2, eta=2), [[9, 1.0], [9, 2.0], [9, 3.0]], "loss")
    check = rule.check(Trial(3, {}))
    assert check(curve([99, 2.0], "loss")) is None
    assert check(curve([0, 2.1], "loss")) == "loss 2.1 is above 2; of 4 trials there, the best 2 go on"


def test_a_rung_is_reached_by_the_first_report_at_or_after_it():
    rule = SuccessiveHalving(ACCURACY, min_epochs=4, eta=2)
    for number, value in enumerate([0.5, 0.7]):
        reports = (Report(3, {"accuracy": 0.9}), Report(6, {"accuracy": value}), Report(9, {"accuracy": 0.1}))
        rule.learn(Trial(number, {}, "complete", {"accuracy": 0.1}, curve=reports))
    check = rule.check(Trial(2, {}))
    assert check((Report(3, {"accuracy": 0.0}),)) is None
    worse = (Report(3, {"accuracy": 1.0}), Report(5, {"accuracy": 0.6}))
    assert check(worse) == "accuracy 0.6 is below 0.7; of 3 trials there, the best 1 go on"
    # The report at 9 has reached the rung at 8, too.
    assert check((Report(9, {"accuracy": 0.05}),)) == "accuracy 0.05 is below 0.7; of 3 trials there, the best 1 go on"
    assert check((Report(4, {"accuracy": 0.8}), Report(8, {"accuracy": 0.1}))) is None


def test_stopped_trials_are_recorded_where_they_were_stopped_and_failed_and_infeasible_ones_are_not():
    rule = SuccessiveHalving(ACCURACY, eta=2)
    rule.learn(Trial(0, {}, "stopped", {"accuracy": 0.4}, "stopped after epoch 1: ...", curve=curve([0.4])))
    rule.learn(Trial(1, {}, "failed", {}, "ValueError: no", curve=curve([0.9])))
    rule.learn(Trial(2, {}, "infeasible", {}, "macs is 9"))
    rule.learn(Trial(3, {}, "complete", {"accuracy": 0.9}))
    check = rule.check(Trial(4, {}))
    assert check(curve([0.4])) is None
    assert check(curve([0.3])) == "accuracy 0.3 is below 0.4; of 2 trials there, the best 1 go on"


@given(st.lists(curves, max_size=30), curves, st.integers(2, 5), st.integers(1, 4))
def test_successive_halving_is_what_its_definition_says(others, own, eta, first):
    check = told(SuccessiveHalving(ACCURACY, min_epochs=first, eta=eta), others).check(Trial(99, {}))

    def goes_on(epoch):
        there = [one[epoch - 1] for one in others if len(one) >= epoch]
        better = sum(value > own[epoch - 1] for value in there)
        return len(there) + 1 < eta or better < (len(there) + 1) // eta

    rungs = [first * eta**k for k in range(10)]
    assert epoch_stopped(check, own) == next((at for at in rungs if at <= len(own) and not goes_on(at)), None)


@given(st.lists(values, min_size=1, max_size=40), values, st.integers(2, 9), st.integers(2, 9))
def test_a_larger_eta_stops_more(others, own, one_eta, other_eta):
    eta, larger = sorted((one_eta, other_eta))
    if larger > len(others) + 1:
        return  # too few to tell
    lenient, strict = (told(SuccessiveHalving(ACCURACY, eta=e), [[v] for v in others]) for e in (eta, larger))
    if epoch_stopped(lenient.check(Trial(99, {})), [own]):
        assert epoch_stopped(strict.check(Trial(99, {})), [own])


def test_hyperband_has_the_brackets_and_the_numbers_of_the_paper():
    rule = Hyperband(ACCURACY, max_epochs=81)
    # Table 1 of the paper: n_i and r_i of R = 81, eta = 3; the last rung of each is the end, where nothing is stopped.
    assert rule.brackets == ((1, 3, 9, 27), (3, 9, 27), (9, 27), (27,), ())
    counts = [0] * 5
    for number in range(81 + 34 + 15 + 8 + 5):
        counts[rule.bracket(number)] += 1
    assert counts == [81, 34, 15, 8, 5]
    assert [rule.bracket(number) for number in (0, 80, 81, 114, 115, 142, 143)] == [0, 0, 1, 1, 2, 4, 0]


@given(st.integers(1, 1000), st.integers(1, 20), st.integers(2, 6))
def test_the_brackets_of_hyperband_are_its_formulas(most, least, eta):
    if most < least:
        return
    rule = Hyperband(ACCURACY, max_epochs=most, min_epochs=least, eta=eta)
    s_max = max(s for s in range(12) if s == 0 or most // eta**s >= least)
    assert len(rule.brackets) == s_max + 1
    for s, rungs in zip(range(s_max, -1, -1), rule.brackets, strict=True):
        assert rungs == tuple(most // eta**i for i in range(s, 0, -1))
        assert all(least <= rung < most for rung in rungs)
    round_of = sum(math.ceil((s_max + 1) / (s + 1) * eta**s) for s in range(s_max + 1))
    assert rule.bracket(round_of - 1) == s_max
    assert rule.bracket(round_of) == 0


def test_a_bracket_of_hyperband_halves_among_its_own():
    rule = Hyperband(ACCURACY, max_epochs=9)  # 9, 5 and 3 trials a round; rungs at 1 and 3, at 3, none
    told(rule, [[0.9] * 9] * 9 + [[0.1] * 9] * 5)
    check = rule.check(Trial(13, {}))
    assert check(curve([0.0])) is None
    assert check(curve([0.0, 0.0, 0.05])) == "accuracy 0.05 is below 0.1; of 6 trials there, the best 2 go on"
    assert check(curve([0.0, 0.0, 0.1])) is None
    assert rule.check(Trial(17, {}))(curve([0.8])) == "accuracy 0.8 is below 0.9; of 10 trials there, the best 3 go on"
    assert epoch_stopped(rule.check(Trial(14, {})), [0.0] * 9) is None


def test_the_median_rule_compares_the_best_so_far_with_the_median_of_running_averages():
    rule = told(MedianStop(ACCURACY, min_trials=3), [[0.2, 0.4, 0.6], [0.4, 0.6], [0.6, 0.8, 1.0]])
    check = rule.check(Trial(3, {}))
    # Running averages at epoch 2: 0.3, 0.5, 0.7. At epoch 3 there are two trials only.
    assert check(curve([0.4])) is None
    assert check(curve([0.39])) == "its best accuracy 0.39 is below 0.4, the median of 3 trials' averages"
    assert check(curve([0.5, 0.0])) is None
    assert check(curve([0.45, 0.3])) == "its best accuracy 0.45 is below 0.5, the median of 3 trials' averages"
    assert check(curve([0.0, 0.0, 0.0])) is None


def test_the_median_rule_waits_for_epochs_and_for_trials():
    rule = told(MedianStop(ACCURACY, min_epochs=2, min_trials=2), [[0.5, 0.5]])
    assert rule.check(Trial(1, {}))(curve([0.0, 0.0])) is None
    told(rule, [[0.5, 0.5]])
    assert rule.check(Trial(2, {}))(curve([0.0])) is None
    assert rule.check(Trial(2, {}))(curve([0.0, 0.0])) is not None


@given(st.lists(curves, max_size=20), curves, st.integers(1, 6), st.integers(1, 4))
def test_the_median_rule_is_what_its_definition_says(others, own, least, first):
    check = told(MedianStop(ACCURACY, min_epochs=first, min_trials=least), others).check(Trial(99, {}))

    def stops(epoch):
        averages = [mean(map(float, one[:epoch])) for one in others if len(one) >= epoch]
        # Sums of small integers divided: both sides round alike.
        return epoch >= first and len(averages) >= least and max(own[:epoch]) < median(averages)

    assert epoch_stopped(check, own) == next((at for at in range(1, len(own) + 1) if stops(at)), None)


every_rule = pytest.mark.parametrize(
    "make",
    [
        lambda objectives, **options: SuccessiveHalving(objectives, **options),
        lambda objectives, **options: Hyperband(objectives, max_epochs=27, **options),
        lambda objectives, **options: MedianStop(objectives, min_trials=2, **options),
    ],
    ids=["SuccessiveHalving", "Hyperband", "MedianStop"],
)


@every_rule
@given(st.data())
def test_a_trial_that_no_other_was_ahead_of_is_not_stopped(make, data):
    others, own = data.draw(st.lists(curves, max_size=20)), data.draw(curves)
    ahead = [max([*(one[at] for one in others if len(one) > at), value]) for at, value in enumerate(own)]
    check = told(make(ACCURACY), others).check(Trial(len(others), {}))
    assert epoch_stopped(check, ahead) is None


@every_rule
@given(st.data())
def test_with_several_objectives_a_trial_is_held_only_against_those_that_cost_no_more(make, data):
    sizes = st.integers(1, 3)
    others = data.draw(st.lists(st.tuples(curves, sizes), max_size=20))
    own, size = data.draw(curves), data.draw(sizes)
    both, alone = make(SMALL), make(ACCURACY)
    number = 0
    for number, (one, macs) in enumerate(others):
        trial = Trial(number, {}, "complete", {"accuracy": float(one[-1]), "macs": macs}, curve=curve(one))
        both.learn(trial)
        if macs <= size:
            alone.learn(trial)
    check = both.check(Trial(number + 1, {}, metrics={"macs": size}))
    assert epoch_stopped(check, own) == epoch_stopped(alone.check(Trial(number + 1, {})), own)


@every_rule
def test_the_metric_is_the_first_objective_reported_or_the_one_that_is_named(make):
    objectives = Objectives({"macs": "min", "accuracy": "max", "loss": "min"})

    def reports(accuracy, loss, epochs=27):
        return tuple(Report(epoch, {"loss": loss, "accuracy": accuracy}) for epoch in range(1, epochs + 1))

    for metric, stopped in ((None, "accuracy"), ("accuracy", "accuracy"), ("loss", "loss")):
        rule = make(objectives, metric=metric)
        for number in range(20):
            curve = reports(0.5, 1.0)
            rule.learn(Trial(number, {}, "complete", {"accuracy": 0.5, "loss": 1.0, "macs": 1}, curve=curve))
        check = rule.check(Trial(20, {}))
        poor = {"accuracy": reports(0.1, 0.1, 1), "loss": reports(0.9, 9.0, 1)}
        assert {name for name, curve in poor.items() if check(curve)} == {stopped}


@every_rule
def test_values_that_are_not_finite_are_the_worst_there_are(make):
    rule = told(make(LOSS), [[1.0] * 27] * 6, "loss")
    for value in (math.nan, math.inf):
        assert rule.check(Trial(6, {}))(curve([value], "loss")).startswith(("loss", "its best loss"))
    wrecked = told(make(LOSS), [[math.nan] * 27] * 6, "loss")
    assert wrecked.check(Trial(6, {}))(curve([1e9], "loss")) is None


@every_rule
def test_a_check_of_thousands_of_trials_is_light(make):
    rule = make(ACCURACY)
    one = curve([0.5] * 27)
    for number in range(3000):
        rule.learn(Trial(number, {}, "complete", {"accuracy": 0.5}, curve=one))
    assert len(pickle.dumps(rule.check(Trial(3000, {})))) < 3_000


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SuccessiveHalving(ACCURACY, min_epochs=0), "min_epochs must be at least 1, got 0"),
        (lambda: SuccessiveHalving(ACCURACY, eta=1), "eta must be at least 2, got 1"),
        (
            lambda: Hyperband(ACCURACY, max_epochs=3, min_epochs=4),
            "max_epochs must be at least min_epochs, which is 4; got 3",
        ),
        (lambda: Hyperband(ACCURACY, max_epochs=3, eta=0), "eta must be at least 2, got 0"),
        (lambda: MedianStop(ACCURACY, min_epochs=0), "min_epochs must be at least 1, got 0"),
        (lambda: MedianStop(ACCURACY, min_trials=0), "min_trials must be at least 1, got 0"),
        (
            lambda: MedianStop(SMALL, metric="acuracy"),
            "metric: 'acuracy' is not an objective; did you mean 'accuracy'?",
        ),
        (lambda: MedianStop(SMALL, metric="loss"), "metric: 'loss' is not an objective; there is accuracy and macs"),
    ],
)
def test_options_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the whole message follows
        make()
    assert str(caught.value) == message


@every_rule
@given(st.floats(0, 1), st.integers(6, 12))
def test_trials_that_are_all_alike_are_not_stopped(make, value, count):
    rule = told(make(ACCURACY), [[value] * 27] * count)
    assert epoch_stopped(rule.check(Trial(count, {})), [value] * 27) is None
