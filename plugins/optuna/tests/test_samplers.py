"""Samplers of Optuna: what they see of a space and of trials, that they are replayed, and how well they do."""

from statistics import mean, stdev

import optuna
import pytest
from fgspace import Choice, FgspaceError, Float, Int, Objectives, Report, Study, Tokens, Trial, Vector, bits, space
from fgspace.testing.algorithms import LOSS, TWO, drive
from fgspace.testing.problems import loss, small_space
from fgspace_optuna import samplers
from fgspace_optuna.places import Places, parameters_of
from fgspace_optuna.sampling import Sampling
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

EACH = [
    (samplers.TPESampler, {"n_startup_trials": 4}),
    (samplers.GPSampler, {"n_startup_trials": 9}),
    (samplers.CmaEsSampler, {"popsize": 4}),
    (samplers.NSGAIISampler, {"population_size": 4}),
    (samplers.NSGAIIISampler, {"population_size": 4}),
    (samplers.QMCSampler, {"scramble": True}),
    (samplers.RandomSampler, {}),
]
STATES = ("complete", "stopped", "complete", "failed", "infeasible", "complete")


class Seen(Sampling):
    """Random search that keeps what Optuna told it of the trials."""

    notes = False
    trials: tuple[optuna.trial.FrozenTrial, ...] = ()

    def sampler(self, seed):
        owner = self

        class Looking(optuna.samplers.RandomSampler):
            def infer_relative_search_space(self, study, trial):
                owner.trials = tuple(study.get_trials(deepcopy=False))
                return {}

        return Looking(seed=seed)


@pytest.mark.parametrize(("kind", "options"), EACH, ids=lambda one: getattr(one, "__name__", ""))
@pytest.mark.parametrize("name", ["options", "scales"])
def test_telling_trials_again_makes_the_same_sampler(kind, options, name):
    of = small_space(name)
    trials = drive(kind(of, LOSS, seed=3, **options), 14, states=STATES)
    again = kind(of, LOSS, seed=3, **options)
    for trial in trials[:11]:
        again.tell(trial)
    assert drive(again, 3, start=11, states=STATES) == trials[11:]
    assert len({of.key(trial.point) for trial in trials}) == 14


@pytest.mark.parametrize(("kind", "options"), EACH[3:5], ids=lambda one: getattr(one, "__name__", ""))
def test_generations_are_made_again_with_two_objectives(kind, options):
    of = small_space("options")
    trials = drive(kind(of, TWO, seed=3, **options), 20)
    again = kind(of, TWO, seed=3, **options)
    for trial in trials[:13]:
        again.tell(trial)
    assert drive(again, 7, start=13) == trials[13:]


@pytest.mark.parametrize(
    ("domain", "parameters"),
    [
        (Choice((3, "x", None)), {"at": CategoricalDistribution((3, "x", None))}),
        (Choice(([1, 2], {"a": 1})), {"at": CategoricalDistribution(("[1, 2]", '{"a": 1}'))}),
        (Int(2, 10, 4), {"at": IntDistribution(2, 10, step=4)}),
        (Int(1, 900, log=True), {"at": IntDistribution(1, 900, log=True)}),
        (Float(0.1, 0.7, step=0.2), {"at": FloatDistribution(0.1, 0.7, step=0.2)}),
        (bits(2), {"at.0": IntDistribution(0, 1), "at.1": IntDistribution(0, 1)}),
        (Vector(Choice((8, 16)), 2), {f"at.{n}": CategoricalDistribution((8, 16)) for n in (0, 1)}),
        (Tokens((3, 1)), {"at.0": IntDistribution(0, 2), "at.1": IntDistribution(0, 0)}),
    ],
)
def test_a_domain_has_a_parameter_for_each_place(domain, parameters):
    assert parameters_of("at", domain) == parameters


@pytest.mark.parametrize("name", ["bits", "scales", "options", "conditional"])
def test_parameters_lead_back_to_the_point(name):
    of = small_space(name)
    places = Places(of)
    for seed in range(30):
        point = of.sample(seed)
        parameters, distributions = places.told(point)
        assert list(parameters) == list(distributions)
        assert places.point(parameters) == point


def test_masks_keep_their_number_of_ones():
    of = space({"search_space": {"exact": {"bits": 9, "ones": 2}, "least": {"bits": 5, "at_least": 4}}})
    points = [trial.point for trial in drive(samplers.RandomSampler(of, LOSS, seed=0), 40)]
    assert all(sum(point["exact"]) == 2 and sum(point["least"]) >= 4 for point in points)
    assert {place for point in points for place, bit in enumerate(point["exact"]) if bit} == set(range(9))


def test_trials_are_told_as_optuna_knows_them():
    of = space({"search_space": {"depth": {"int": [1, 90]}}})
    algorithm = Seen(of, Objectives({"gain": "max"}, {"price": {"max": 4, "min": 1}}), seed=0)
    points = [algorithm.ask() for _ in range(5)]
    for trial in (
        Trial(0, points[0], "complete", {"gain": 2.0, "price": 3.0}),
        Trial(1, points[1], "failed", {}, "no such network"),
        Trial(2, points[2], "infeasible", {"price": 6.0}, "price is 6.0"),
        Trial(3, points[3], "stopped", {"gain": 1.0, "price": 2.0}, "poor", curve=(Report(1, {"gain": 1.0}),)),
    ):
        algorithm.tell(trial)
    algorithm.ask()
    told = [(one.state, one.values, dict(one.constraints), one.intermediate_values) for one in algorithm.trials]
    assert told == [
        (TrialState.COMPLETE, [2.0], {"price max": -0.25, "price min": -2.0}, {}),
        (TrialState.FAIL, None, {}, {}),
        (TrialState.PRUNED, None, {"price max": 0.5, "price min": -5.0}, {}),
        (TrialState.PRUNED, [1.0], {"price max": -0.5, "price min": -1.0}, {1: 1.0}),
        (TrialState.RUNNING, None, {}, {}),
        (TrialState.RUNNING, None, {}, {}),
    ]
    assert [one.params["depth"] for one in algorithm.trials[:5]] == [point["depth"] for point in points]


def test_with_several_objectives_a_stopped_trial_counts_with_its_last_metrics():
    of = space({"search_space": {"depth": {"int": [1, 90]}}})
    algorithm = Seen(of, Objectives({"gain": "max", "price": "min"}), seed=0)
    algorithm.tell(Trial(0, algorithm.ask(), "stopped", {"gain": 1.0, "price": 2.0}, "poor"))
    algorithm.ask()
    assert (algorithm.trials[0].state, algorithm.trials[0].values) == (TrialState.COMPLETE, [1.0, 2.0])


def test_a_study_of_a_sampler_that_cannot_be_replayed_is_not_resumed(tmp_path):
    class Moody(Sampling):
        replays = False

        def sampler(self, seed):
            return optuna.samplers.RandomSampler()

    of = space({"search_space": {"depth": {"int": [1, 90]}}})

    def run(trials):
        study = Study(of, Moody, {"gain": "max"}, store=tmp_path)
        try:
            study.run(lambda description: {"gain": description["depth"]}, trials)
        finally:
            study.close()

    run(3)
    with pytest.raises(FgspaceError) as caught:
        run(5)
    assert str(caught.value) == (
        "Moody cannot be replayed: it proposes other points when the same trials are told again, so its study cannot be"
        " resumed; begin a new study, by --from with the front of this one"
    )


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("CmaEsSampler", {}, "takes one objective, got gain and price; optuna/NSGAIISampler takes several"),
        ("TPESampler", {"n_ei_candidates": 0}, "n_ei_candidates must be at least 1, got 0"),
        ("TPESampler", {"group": True, "multivariate": False}, "group needs multivariate; leave multivariate out"),
        ("GPSampler", {"n_startup_trials": -1}, "n_startup_trials must be at least 0, got -1"),
        ("NSGAIISampler", {"population_size": 1}, "population_size must be at least 2, got 1"),
        ("NSGAIIISampler", {"dividing_parameter": 0}, "dividing_parameter must be at least 1, got 0"),
        ("NSGAIISampler", {"mutation_prob": 2.0}, "mutation_prob must be from 0 to 1, got 2.0"),
        (
            "QMCSampler",
            {"qmc_type": "sobel"},
            "qmc_type: expected 'sobol' or 'halton', got 'sobel'",
        ),
    ],
)
def test_what_a_sampler_does_not_take_is_named(kind, options, said):
    with pytest.raises(FgspaceError) as caught:
        Study(small_space("mixed"), f"optuna/{kind}", {"gain": "max", "price": "min"}, **options)
    assert str(caught.value) == f"{kind}: {said}"


@pytest.mark.soak
@pytest.mark.parametrize("name", ["mixed", "ints", "options"])
def test_tpe_finds_what_it_finds_in_optuna(name):
    """The best of 60 trials over 20 seeds differs from that of Optuna's own loop by less than three standard errors."""
    of, places = small_space(name), Places(small_space(name))
    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def alone(seed):
        sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, group=places.are_conditional)
        study = optuna.create_study(sampler=sampler)
        study.optimize(lambda trial: loss(of, places.suggested(trial, None)), 60)
        return study.best_value

    ours = [
        min(one.metrics["loss"] for one in drive(samplers.TPESampler(of, LOSS, seed=seed), 60)) for seed in range(20)
    ]
    theirs = [alone(100 + seed) for seed in range(20)]
    error = ((stdev(ours) ** 2 + stdev(theirs) ** 2) / 20) ** 0.5
    print(f"{name}: {mean(ours):.4f} through fgspace, {mean(theirs):.4f} in Optuna alone, standard error {error:.4f}")
    assert mean(ours) - mean(theirs) < 3 * error
