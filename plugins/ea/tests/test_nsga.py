"""NSGA2 and NSGA3: founders, generations by the order of telling, survivors, and fronts as wide as pymoo's."""

import re
from random import Random
from statistics import mean

import fgspace
import pytest
from ea_problems import FEW_LEVELS, LEVELS, dtlz2, hypervolume, of, run, zdt1
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace_ea.members import member
from fgspace_ea.nsga2 import NSGA2, survive
from fgspace_ea.nsga3 import NSGA3
from fgspace_ea.sorting import constrained_fronts
from hypothesis import given
from hypothesis import strategies as st

BOTH = pytest.mark.parametrize("kind", [NSGA2, NSGA3])
TWO = fgspace.Objectives({"a": "min", "b": "min"})
THREE = fgspace.Objectives({"a": "min", "b": "min", "c": "min"})
PROBLEMS = {"zdt1": (LEVELS, TWO, zdt1, (1.1, 8.0)), "dtlz2": (FEW_LEVELS, THREE, dtlz2, (2.0, 2.0, 2.0))}
rows = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 2)), min_size=2, max_size=30)


@BOTH
def test_the_initial_point_comes_first_then_random_ones_then_children(kind):
    trials = run(kind(LEVELS, TWO, population_size=8), zdt1, 40)
    assert trials[0].point == LEVELS.initial
    assert [trial.lineage["operator"] for trial in trials[:8]] == ["initial", *["sample"] * 7]
    assert {trial.lineage["operator"] for trial in trials[8:]} == {"crossover", "mutate"}


@BOTH
def test_a_generation_ends_when_enough_trials_are_told_in_any_order(kind):
    algorithm, rng = kind(LEVELS, TWO, population_size=8, offspring_size=4), Random(0)
    flying, numbers = [], iter(range(1000))
    for told in range(1, 61):
        while len(flying) < 5:
            flying.append(fgspace.Trial(next(numbers), algorithm.ask()))
        trial = flying.pop(rng.randrange(5))
        algorithm.tell(fgspace.Trial(trial.number, trial.point, "complete", zdt1(trial.point)))
        assert algorithm.generation == (0 if told < 8 else 1 + (told - 8) // 4)
    assert len(algorithm.population) == 8
    assert len(algorithm.pending) == 4


@BOTH
def test_parents_are_members_of_the_population(kind):
    algorithm = kind(LEVELS, TWO, population_size=8)
    for number in range(60):
        point = algorithm.ask()
        members = {one.trial.number for one in algorithm.population}
        assert members.issuperset(algorithm.lineage.get("parents", []))
        algorithm.tell(fgspace.Trial(number, point, "complete", zdt1(point), lineage=algorithm.lineage))


@BOTH
@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_the_crossover_rate_is_the_share_of_children_of_two_parents(kind, rate):
    algorithm = kind(LEVELS, TWO, population_size=20, crossover_rate=rate)
    run(algorithm, zdt1, 20)
    children = [child for seed in range(1000) for child in algorithm.mate(Random(seed))]
    # Where both parents are the same member, the child is a mutation at any rate.
    assert sum(child.operator == "crossover" for child in children) / 1000 == pytest.approx(rate, abs=0.12)
    assert {(child.operator, len(set(map(id, child.parents)))) for child in children} <= {
        ("crossover", 2),
        ("mutate", 1),
    }


@BOTH
def test_a_parent_is_of_the_lower_front_of_two_drawn(kind):
    # Two members, one of which dominates the other: with replacement 1 in 4 draws has only the worse, without none has.
    algorithm = kind(LEVELS, TWO, population_size=2)
    algorithm.population = algorithm.survivors([bounded(0, 1, 1, 0), bounded(1, 2, 2, 0)], Random(0))
    parents = [child.parents[0].trial.number for seed in range(4000) for child in algorithm.mate(Random(seed))]
    worse = parents.count(1) / len(parents)
    assert worse == 0 if kind is NSGA2 else 0.22 < worse < 0.28


@BOTH
@given(rows, st.integers(2, 12), st.integers(0, 2**32))
def test_nobody_lives_on_while_a_member_of_an_earlier_front_dies(kind, rows, size, seed):
    members = [bounded(number, *row) for number, row in enumerate(rows)]
    living = kind(LEVELS, TWO, population_size=size).survivors(members, Random(seed))
    assert len(living) == min(size, len(members))
    ranks = {
        members[index].trial.number: rank for rank, front in enumerate(constrained_fronts(members)) for index in front
    }
    dead = [rank for number, rank in ranks.items() if number not in {one.trial.number for one in living}]
    assert max(ranks[one.trial.number] for one in living) <= min(dead, default=99)


def test_members_that_break_a_constraint_do_not_change_the_scale_of_the_others():
    # Seven points on a line and four directions: on the scale of the line alone, every second point has a direction.
    line = [bounded(number, number, 6 - number, 0) for number in range(7)]
    outside = [bounded(10 + number, -100 * number, 90, 1) for number in range(7)]
    algorithm = NSGA3(LEVELS, TWO, population_size=4)
    algorithm.survivors(outside, Random(0))
    for members in ([*outside, *line], line):
        survivors = algorithm.survivors(members, Random(0))
        assert sorted(one.trial.number for one in survivors) == [0, 2, 4, 6]


@given(st.lists(st.integers(0, 999), min_size=8, max_size=30, unique=True), st.randoms(use_true_random=False))
def test_of_the_front_that_does_not_fit_those_live_on_that_pymoo_keeps(firsts, rng):
    pytest.importorskip("pymoo", reason="pymoo is not installed")
    import numpy as np
    from pymoo.algorithms.moo.nsga2 import RankAndCrowdingSurvival
    from pymoo.core.population import Population
    from pymoo.core.problem import Problem

    values = list(zip(firsts, rng.sample(firsts, len(firsts)), strict=True))
    members = [bounded(number, *row, 0) for number, row in enumerate(values)]
    living, fitness = survive(members, 6)
    pop = Population.new(X=np.arange(len(values))[:, None], F=np.array(values, float))
    theirs = RankAndCrowdingSurvival().do(
        Problem(n_var=1, n_obj=2), pop, n_survive=6, random_state=np.random.RandomState(0)
    )
    assert sorted(one.get("rank") for one in theirs) == sorted(rank for rank, _ in fitness)
    assert sorted(one.get("crowding") for one in theirs) == pytest.approx(sorted(-far / 2 for _, far in fitness))
    assert len(living) == 6


@BOTH
def test_failed_and_infeasible_trials_take_no_place(kind):
    algorithm = kind(LEVELS, TWO, population_size=6)
    for number in range(60):
        state = ("failed", "infeasible", "complete")[number % 3]
        point = algorithm.ask()
        algorithm.tell(fgspace.Trial(number, point, state, zdt1(point) if state == "complete" else {}))
        assert all(one.trial.state == "complete" for one in algorithm.population)
    assert len(algorithm.population) == 6


@BOTH
def test_costs_that_break_a_constraint_are_never_evaluated_and_the_front_keeps_it(kind):
    space = fgspace.space(
        {
            "type": "FineGrainedSpace",
            "modules": ["one", "other"],
            "one": {"type": "Conv2d", "out_channels": {"int": [1, 64]}, "kernel_size": 1},
            "other": {"type": "Conv2d", "out_channels": {"int": [1, 64]}, "kernel_size": {"choice": [1, 3]}},
        }
    )
    study = fgspace.Study(space, kind, {"gain": "max", "params": "min"}, {"params": {"max": 700}}, population_size=10)

    def evaluate(description):
        evaluated.append(description)
        return {"gain": description["one"]["out_channels"] + description["other"]["out_channels"]}

    evaluated = []
    study.run(evaluate, 60)
    assert len(evaluated) == 60
    assert all(space.cost(trial.point)["params"] <= 700 for trial in study.trials if trial.state == "complete")
    assert any(trial.state == "infeasible" for trial in study.trials)
    assert len(study.front()) > 5


@BOTH
def test_a_measured_constraint_is_kept_by_the_whole_population_in_the_end(kind):
    objectives = fgspace.Objectives({"a": "min", "b": "min"}, {"a": {"min": 0.4}})
    algorithm = kind(LEVELS, objectives)
    run(algorithm, zdt1, 150)
    assert all(not one.violation for one in algorithm.population)


@BOTH
def test_one_objective_is_searched_too(kind):
    space = of(code={"bits": 24})
    trials = run(kind(space, fgspace.Objectives({"ones": "max"})), lambda point: {"ones": sum(point["code"])}, 250)
    assert max(trial.metrics["ones"] for trial in trials) >= 23


@pytest.mark.parametrize(("kind", "members"), [(NSGA2, 10), (NSGA3, 20)])
def test_left_out_a_generation_is_half_of_the_population_and_at_least_one_trial(kind, members):
    algorithm = kind(LEVELS, TWO)
    assert (algorithm.population_size, algorithm.offspring_size) == (members, members // 2)
    assert (algorithm.crossover_rate, algorithm.mutation_rate, algorithm.seed) == (0.9, None, 0)
    assert kind(LEVELS, TWO, population_size=7).offspring_size == 3
    assert kind(LEVELS, TWO, population_size=2).offspring_size == 1


@pytest.mark.parametrize(("objectives", "most", "count"), [(2, 20, 20), (3, 20, 15), (5, 20, 15), (9, 20, 9)])
def test_there_are_no_more_directions_than_members(objectives, most, count):
    names = {f"metric{index}": "min" for index in range(objectives)}
    assert len(NSGA3(LEVELS, fgspace.Objectives(names), population_size=most).directions) == count


def test_divisions_and_an_inner_layer_are_taken_as_given():
    assert len(NSGA3(FEW_LEVELS, THREE, divisions=3, inner_divisions=1).directions) == 10 + 3
    assert len(NSGA3(FEW_LEVELS, THREE, divisions=1).directions) == 3


@pytest.mark.parametrize("problem", PROBLEMS)
@BOTH
def test_the_front_dominates_more_than_that_of_random_search(kind, problem):
    assert mean(volumes(problem, kind)) > 1.02 * mean(volumes(problem, RandomSearch))


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize(("kind", "their_name"), [(NSGA2, "nsga2"), (NSGA3, "nsga3")])
def test_the_front_dominates_as_much_as_that_of_pymoo(kind, their_name, problem):
    pytest.importorskip("pymoo", reason="pymoo is not installed")
    theirs = [pymoo_volume(problem, their_name, seed) for seed in range(6)]
    assert mean(volumes(problem, kind)) >= 0.99 * mean(theirs)


@BOTH
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"population_size": 1}, "population_size must be at least 2, got 1"),
        ({"offspring_size": 0}, "offspring_size must be at least 1, got 0"),
        ({"crossover_rate": 1.5}, "crossover_rate must be between 0 and 1, got 1.5"),
        ({"mutation_rate": 0}, "mutation_rate must be above 0 and at most 1, got 0"),
        ({"mutation_rate": 1.1}, "mutation_rate must be above 0 and at most 1, got 1.1"),
    ],
)
def test_an_option_out_of_its_range_is_refused(kind, options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        kind(LEVELS, TWO, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"divisions": 0}, "divisions must be at least 1, got 0"),
        ({"inner_divisions": -1}, "inner_divisions must be at least 0, got -1"),
    ],
)
def test_directions_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        NSGA3(LEVELS, TWO, **options)


def bounded(number, first, second, excess):
    """Return a member with two objectives that exceeds a bound of 1 by `excess`."""
    objectives = fgspace.Objectives({"a": "min", "b": "min"}, {"size": {"max": 1}})
    metrics = {"a": float(first), "b": float(second), "size": 1 + excess}
    return member(fgspace.Trial(number, {}, "complete", metrics), objectives)


def volumes(problem, kind, trials=300):
    """Return the hypervolumes of six seeds."""
    space, objectives, measure, worst = PROBLEMS[problem]
    studies = [run(kind(space, objectives, seed=seed), measure, trials) for seed in range(6)]
    return [hypervolume([objectives.values(one) for one in objectives.front(trials)], worst) for trials in studies]


def pymoo_volume(problem, name, seed, trials=300):
    """Return the hypervolume of everything that pymoo's algorithm evaluates, of equal population."""
    from importlib import import_module

    from pymoo.core.problem import ElementwiseProblem
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.repair.rounding import RoundingRepair
    from pymoo.operators.sampling.rnd import IntegerRandomSampling
    from pymoo.optimize import minimize
    from pymoo.util.ref_dirs import get_reference_directions

    space, _, measure, worst = PROBLEMS[problem]
    count, front = len(worst), []

    class Same(ElementwiseProblem):
        def __init__(self):
            super().__init__(n_var=len(space.hyper_parameters), n_obj=count, xl=0, xu=31, vtype=int)

        def _evaluate(self, levels, out, *args, **kwargs):
            out["F"] = list(measure({f"x{index}": int(level) for index, level in enumerate(levels)}).values())
            front.append(tuple(map(float, out["F"])))

    options = {
        "pop_size": 20,
        "sampling": IntegerRandomSampling(),
        "crossover": SBX(prob=0.9, eta=15, vtype=float, repair=RoundingRepair()),
        "mutation": PM(eta=20, vtype=float, repair=RoundingRepair()),
        "eliminate_duplicates": True,
    }
    if name == "nsga3":
        options["ref_dirs"] = get_reference_directions("das-dennis", count, n_partitions={2: 19, 3: 4}[count])
    kind = getattr(import_module(f"pymoo.algorithms.moo.{name}"), name.upper())
    minimize(Same(), kind(**options), ("n_eval", trials), seed=seed)
    return hypervolume(front[:trials], worst)
