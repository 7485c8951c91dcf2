"""Predictor: it keeps constraints on costs, spreads batches, handles many bits, replays, and beats random search."""

import math
import re
from itertools import pairwise
from random import Random
from statistics import mean

import fgspace
import pytest
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace_predictor.beliefs import Beliefs
from fgspace_predictor.climbing import Moves
from fgspace_predictor.coordinates import Coordinates
from fgspace_predictor.known_costs import KnownCosts
from fgspace_predictor.predictor import Predictor
from fgspace_predictor.promise import promise
from hypothesis import given, settings
from hypothesis import strategies as st

CONVOLUTIONS = fgspace.space(
    {
        "type": "FineGrainedSpace",
        "input_shape": [1, 8, 8],
        "modules": ["one", "two", "three"],
        "one": {"type": "Conv2d", "out_channels": {"int": [1, 16]}, "kernel_size": {"choice": [5, 3, 1]}},
        "two": {"type": "Conv2d", "out_channels": {"int": [1, 16]}, "kernel_size": 3, "padding": 1},
        "three": {"type": "Conv2d", "out_channels": {"int": [1, 16]}, "kernel_size": 1},
    }
)
CHEAP = fgspace.Objectives({"loss": "min"})
DOMAINS = {
    "choices": {f"at{index}": {"choice": list("abcde")} for index in range(8)},
    "bits": {"mask": {"bits": 24}},
    "mixed": {
        "kernel": {"choice": [1, 3, 5, 7]},
        "depth": {"int": [1, 30]},
        "rate": {"float": [1e-4, 1.0], "log": True},
        "widths": {"vector": {"int": [0, 9]}, "length": 3},
    },
}


class SmallEvolution(fgspace.Algorithm):
    """Mutates one of the ten best trials."""

    def __init__(self, space, objectives, *, seed=0):
        super().__init__(space, objectives, seed=seed)
        self.best = []

    def propose(self, rng):
        if len(self.best) < 10:
            return self.fresh(lambda: self.space.sample(rng))
        return self.fresh(lambda: self.space.mutate(rng.choice(self.best).point, rng))

    def learn(self, trial, rng):
        self.best = sorted([*self.best, trial], key=self.objectives.values)[:10]


def flat(hyper_parameters):
    return fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": hyper_parameters})


def far_from(space, seed):
    """Return a loss with one best point, drawn, in which neighbouring tokens act together."""
    goal = space.encode(space.sample(Random(f"goal {seed}")))
    spans = space.range_table

    def loss(point):
        off = [abs(a - b) / max(1, s - 1) for a, b, s in zip(space.encode(point), goal, spans, strict=True)]
        return sum(off) + sum(a * b for a, b in pairwise(off))

    return loss


def run(algorithm, loss, trials, start=0):
    told = []
    for number in range(start, start + trials):
        point = algorithm.ask()
        told.append(fgspace.Trial(number, point, "complete", {"loss": loss(point)}, lineage=algorithm.lineage))
        algorithm.tell(told[-1])
    return told


def score(description):
    return {"score": float(description["one"]["out_channels"] + description["three"]["out_channels"])}


@settings(max_examples=4, deadline=None)
@given(st.integers(), st.integers(2_000, 60_000))
def test_no_point_is_proposed_whose_costs_break_a_constraint(seed, most):
    bounds = {"macs": {"max": most}, "params": {"min": 20}}
    study = fgspace.Study(CONVOLUTIONS, Predictor, {"score": "max"}, bounds, seed=seed, candidates=20)
    study.run(score, trials=14)
    assert [trial.state for trial in study.trials] == ["complete"] * 14
    for trial in study.trials:
        cost = CONVOLUTIONS.cost(trial.point)
        assert cost["macs"] <= most
        assert cost["params"] >= 20


def test_a_search_under_a_constraint_goes_on_to_the_last_point_that_keeps_it():
    space = fgspace.space(
        {
            "type": "FineGrainedSpace",
            "input_shape": [1, 8, 8],
            "modules": ["one", "two"],
            "one": {"type": "Conv2d", "out_channels": {"int": [1, 8]}, "kernel_size": 1},
            "two": {"type": "Conv2d", "out_channels": {"int": [1, 4]}, "kernel_size": 1},
        }
    )
    kept = [space.key(point) for point in space.enumerate() if space.cost(point)["macs"] <= 600]
    study = fgspace.Study(space, Predictor, {"score": "max"}, {"macs": {"max": 600}}, candidates=20)
    study.run(lambda description: {"score": float(description["one"]["out_channels"])}, trials=1_000)
    assert sorted(space.key(trial.point) for trial in study.trials) == sorted(kept)
    assert {trial.state for trial in study.trials} == {"complete"}


@given(st.integers())
def test_an_exchange_leaves_a_point_in_its_space_and_what_it_is_in_sum(seed):
    domains = {
        **{f"edge{index}": {"choice": list("abc")} for index in range(4)},
        "mask": {"bits": 6, "ones": 3},
        "alone": {"int": [0, 5]},
    }
    space, rng = flat(domains), Random(seed)
    point = space.sample(rng)
    exchanged = Moves(space)._exchanged(point, rng) or point
    coordinates = Coordinates(space)
    before, after = coordinates.sums(coordinates.rows([point, exchanged]))
    assert space.contains(exchanged)
    assert after == pytest.approx(before)
    assert sum(a != b for a, b in zip(space.encode(point), space.encode(exchanged), strict=True)) in (0, 2)


def test_every_place_is_exchanged_with_every_other_of_its_kind():
    space, rng = flat({f"edge{index}": {"choice": list("abc")} for index in range(3)}), Random(0)
    point = {"edge0": "a", "edge1": "b", "edge2": "c"}
    moves = Moves(space)
    reached = {tuple(moves._exchanged(point, rng).values()) for _ in range(100)}
    assert reached == {("b", "a", "c"), ("c", "b", "a"), ("a", "c", "b")}


def test_constraints_that_no_point_keeps_are_an_error_that_says_so():
    message = (
        "found no point that keeps the constraints; at the initial point macs is 128, above the most allowed, 5;"
        " loosen that constraint"
    )
    described = {"type": "FineGrainedSpace", "input_shape": [1, 8, 8], "modules": ["one"]}
    one = {"type": "Conv2d", "out_channels": {"int": [2, 8]}, "kernel_size": 1}
    study = fgspace.Study(fgspace.space({**described, "one": one}), Predictor, {"score": "max"}, {"macs": {"max": 5}})
    with pytest.raises(fgspace.FgspaceError, match=f"^{re.escape(message)}$"):
        study.ask()


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"startup": 0}, "Predictor: startup must be at least 1, got 0"),
        ({"candidates": 3}, "Predictor: candidates must be at least 4, got 3"),
    ],
)
def test_options_out_of_range_are_errors_that_say_so(option, message):
    with pytest.raises(fgspace.FgspaceError, match=f"^{re.escape(message)}$"):
        fgspace.Study(CONVOLUTIONS, Predictor, {"score": "max"}, **option)


def test_a_known_cost_is_not_modelled_beside_a_measured_one():
    study = fgspace.Study(CONVOLUTIONS, Predictor, {"score": "max", "macs": "min"}, candidates=60)
    study.run(score, trials=30)
    beliefs = study.algorithm._beliefs
    beliefs.learn(study.algorithm._told, [])
    points = [CONVOLUTIONS.sample(Random(seed)) for seed in range(5)]
    costs = [CONVOLUTIONS.cost(point) for point in points]
    means, deviations = beliefs.objectives_at(beliefs.places(points, costs), costs)
    assert means[:, 1].tolist() == [CONVOLUTIONS.cost(point)["macs"] for point in points]
    assert deviations[:, 1].tolist() == [0] * 5
    assert (deviations[:, 0] > 0).all()


def test_a_constraint_that_is_measured_is_learnt():
    space = flat(DOMAINS["bits"])
    study = fgspace.Study(space, Predictor, {"ones": "max"}, {"heat": {"max": 8}}, candidates=80)
    for _ in range(40):
        trial = study.ask()
        ones = float(sum(trial.point["mask"]))
        study.tell(trial, {"ones": ones, "heat": ones})
    later = study.trials[20:]
    assert study.best.metrics["ones"] == 8
    assert sum(trial.metrics["heat"] <= 8 for trial in later) > len(later) / 2


def test_what_is_asked_for_at_once_is_spread_out():
    space = flat(DOMAINS["mixed"])
    algorithm = Predictor(space, CHEAP, candidates=60)
    run(algorithm, far_from(space, 0), 12)
    asked = [algorithm.ask() for _ in range(6)]
    assert len({space.key(point) for point in asked}) == 6
    assert len({point["rate"] for point in asked}) > 2


def test_a_neighbourhood_that_fails_is_left():
    space = flat({"mask": {"bits": 16}})
    algorithm = Predictor(space, CHEAP, candidates=60)
    states = []
    for number in range(50):
        point = algorithm.ask()
        broken = point["mask"][0] == 1
        states.append("failed" if broken else "complete")
        metrics = {} if broken else {"loss": float(sum(point["mask"][1:]))}
        algorithm.tell(fgspace.Trial(number, point, states[-1], metrics))
    assert states[25:].count("failed") < 8


def test_a_replay_makes_the_same_algorithm_whatever_was_asked_in_between():
    space = flat(DOMAINS["mixed"])
    loss = far_from(space, 1)
    algorithm, again = (Predictor(space, CHEAP, seed=4, candidates=60) for _ in range(2))
    trials = run(algorithm, loss, 27)
    for trial in trials:
        again.tell(trial)
    assert [again.ask() for _ in range(4)] == [algorithm.ask() for _ in range(4)]


def test_it_climbs_in_a_space_of_464_bits():
    space = flat({f"layer{index}": {"bits": 58} for index in range(8)})
    loss = far_from(space, 2)
    ours = min(trial.metrics["loss"] for trial in run(Predictor(space, CHEAP, candidates=60), loss, 60))
    random = min(trial.metrics["loss"] for trial in run(RandomSearch(space, CHEAP), loss, 60))
    assert ours < random - 10


@pytest.mark.parametrize("name", DOMAINS)
def test_it_finds_better_points_than_random_search_and_a_small_evolution(name):
    space = flat(DOMAINS[name])

    def best(kind, seed, **options):
        algorithm = kind(space, CHEAP, seed=seed, **options)
        return min(trial.metrics["loss"] for trial in run(algorithm, far_from(space, seed), 40))

    ours = mean(best(Predictor, seed, candidates=60) for seed in range(4))
    assert ours < mean(best(RandomSearch, seed) for seed in range(4))
    assert ours < mean(best(SmallEvolution, seed) for seed in range(4))


def test_a_known_trend_is_followed_from_the_costliest_point_that_the_constraints_allow():
    study = fgspace.Study(
        CONVOLUTIONS,
        Predictor,
        {"score": "max"},
        {"macs": {"max": 60_000}},
        candidates=20,
        monotone={"score": "macs"},
    )
    study.run(score, trials=3)
    most = max(cost for point in CONVOLUTIONS.enumerate() if (cost := CONVOLUTIONS.cost(point)["macs"]) <= 60_000)
    assert study.trials[1].lineage["operator"] == "costliest"
    assert 0.95 * most <= CONVOLUTIONS.cost(study.trials[1].point)["macs"] <= 60_000


@pytest.mark.parametrize(("direction", "sign"), [("max", 1), ("min", -1)])
def test_a_known_trend_is_seen_through_noise_and_goes_on_beyond_all_trials(direction, sign):
    points = sorted((CONVOLUTIONS.sample(Random(seed)) for seed in range(60)), key=macs)

    def error(seed, **options):
        algorithm, rng = Predictor(CONVOLUTIONS, fgspace.Objectives({"score": direction}), **options), Random(seed)
        for number, point in enumerate(points[:30]):
            score = sign * (math.log(macs(point)) + rng.gauss(0, 0.5))
            algorithm.tell(fgspace.Trial(number, point, "complete", {"score": score}))
        beliefs, costs = algorithm._beliefs, [algorithm._costs.of(point) for point in points[50:]]
        beliefs.learn(algorithm._told, [])
        expected = beliefs.expected_at(beliefs.places(points[50:], costs), costs)[:, 0]
        return abs(expected + [math.log(macs(point)) for point in points[50:]]).mean()

    told = [error(seed, monotone={"score": "macs"}) for seed in range(4)]
    assert mean(told) < 0.75 * mean(error(seed) for seed in range(4))


def test_a_trend_that_the_trials_deny_is_dropped():
    told = {"monotone": {"score": "macs"}, "candidates": 20}
    algorithm = Predictor(CONVOLUTIONS, fgspace.Objectives({"score": "max"}), **told)
    for number in range(20):
        point = CONVOLUTIONS.sample(Random(number))
        algorithm.tell(fgspace.Trial(number, point, "complete", {"score": -math.log(macs(point))}))
    algorithm._beliefs.learn(algorithm._told, [])
    assert algorithm._beliefs._slopes == {"objective score": 0.0}


@pytest.mark.parametrize(
    ("monotone", "message"),
    [
        ({"accuracy": "macs"}, "Predictor: monotone: 'accuracy' is not an objective; expected score"),
        ({"score": "joules"}, "Predictor: monotone: 'joules' is not a cost of the space, which has macs, params"),
    ],
)
def test_a_trend_that_names_nothing_is_an_error_that_says_what_there_is(monotone, message):
    with pytest.raises(fgspace.FgspaceError, match=f"^{re.escape(message)}$"):
        fgspace.Study(CONVOLUTIONS, Predictor, {"score": "max"}, monotone=monotone)


def macs(point):
    return CONVOLUTIONS.cost(point)["macs"]


def test_a_model_that_has_promised_in_vain_for_long_is_doubted():
    space = flat({f"at{index}": {"choice": list("abcde")} for index in range(6)})
    algorithm, rng = Predictor(space, CHEAP), Random(0)
    doubts = []
    for number in range(45):
        loss = 1.0 if number == 40 else 2.0 if number == 3 else 3.0
        algorithm.tell(fgspace.Trial(number, space.sample(rng), "complete", {"loss": loss}))
        doubts.append(algorithm._doubt)
    assert doubts[:23] == [1.0] * 23
    assert doubts[23:40] == [1.0 if vain % 2 else 3.0 for vain in range(20, 37)]
    assert doubts[40:] == [1.0] * 5


def test_what_is_doubted_promises_more_where_less_is_known():
    space = flat({"x": {"int": [0, 100]}})
    objectives, costs = CHEAP, KnownCosts(space, CHEAP, [])
    told = [fgspace.Trial(n, {"x": x}, "complete", {"loss": float(abs(x - 20))}) for n, x in enumerate((10, 20, 30))]
    beliefs = Beliefs(Coordinates(space), objectives, costs, {})
    beliefs.learn(told, [])
    points = [{"x": 21}, {"x": 100}]
    sure, doubting = (promise(told, [], objectives, beliefs, costs, Random(0), doubt)(points) for doubt in (1.0, 5.0))
    assert (doubting > sure).all()
    assert doubting[1] / doubting[0] > sure[1] / sure[0]


GOAL = [7, 3, 5, 1, 6, 2, 4, 0]
NUMBERS = {
    "widths": ({f"x{index}": {"choice": [8 * step for step in range(1, 9)]} for index in range(8)}, range(8, 65, 8)),
    "tokens": ({"code": {"tokens": [8] * 8}}, range(8)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_what_is_known_of_some_numbers_tells_something_about_those_between(name):
    # The same landscape, its options once as numbers and once as names that say nothing of each other.
    numbers, options = NUMBERS[name]
    by_numbers = mean(lowest(numbers, options.index, seed) for seed in range(4))
    by_names = {f"x{index}": {"choice": list("abcdefgh")} for index in range(8)}
    assert by_numbers < 0.5 * mean(lowest(by_names, "abcdefgh".index, seed) for seed in range(4))


def lowest(domains, place, seed):
    """Return the least loss of 30 trials: the sum of squared steps from the goal."""
    space = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": domains})
    study = fgspace.Study(space, Predictor, {"loss": "min"}, seed=seed)

    def measure(description):
        chosen = description["code"] if "code" in description else [description[f"x{index}"] for index in range(8)]
        return {"loss": sum((place(value) - goal) ** 2 for value, goal in zip(chosen, GOAL, strict=True))}

    study.run(measure, 30)
    return min(trial.metrics["loss"] for trial in study.trials)


def test_trials_that_fail_by_chance_do_not_keep_it_from_the_best_points():
    space, found = flat({f"x{index}": {"choice": list("abcd")} for index in range(6)}), []
    for seed in range(3):
        algorithm, chance = Predictor(space, CHEAP, seed=seed), Random(seed)
        for number in range(45):
            point = algorithm.ask()
            loss = float(sum(value != "c" for value in point.values()))
            failed = chance.random() < 0.3 and loss > 0
            metrics = {} if failed else {"loss": loss}
            algorithm.tell(fgspace.Trial(number, point, "failed" if failed else "complete", metrics))
            found += [] if failed else [loss]
    assert found.count(0.0) == 3


def test_every_third_proposal_has_a_combination_of_options_that_was_not_tried():
    space = flat({"kind": {"choice": list("abcd")}, "act": {"choice": list("wxyz")}, "rate": {"float": [0, 1]}})
    algorithm, tried = Predictor(space, CHEAP), []
    for number in range(30):
        point = algorithm.ask()
        combination = (point["kind"], point["act"])
        assert number < 16 or number % 3 or combination not in tried
        tried.append(combination)
        loss = 1.0 * (point["kind"] != "a") + 0.1 * abs(point["rate"] - 0.3)
        algorithm.tell(fgspace.Trial(number, point, "complete", {"loss": loss}))
    assert len(set(tried[16:])) < 14
