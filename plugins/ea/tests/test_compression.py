"""PruneEA and QuantEA: founders, repaired masks, both children, and fronts of pruned and quantised networks."""

import re
from itertools import pairwise
from random import Random
from statistics import mean

import fgspace
import pytest
from ea_problems import hypervolume, of, run
from fgspace import Choice, Int, Vector
from fgspace.spaces.domains import bits
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace_ea.nsga2 import NSGA2
from fgspace_ea.prune_ea import PruneEA, dense
from fgspace_ea.quant_ea import QuantEA

BOTH = pytest.mark.parametrize("kind", [PruneEA, QuantEA])
ERROR_AND_MACS = fgspace.Objectives({"error": "min", "macs": "min"})
ERROR_AND_BOPS = fgspace.Objectives({"error": "min", "bops": "min"})
WIDTHS = [16] * 4 + [32] * 4 + [64] * 4
MASKS = of(**{f"mask{index}": {"bits": width, "at_least": 1} for index, width in enumerate(WIDTHS)})
LAYERS = of(**{f"{what}{layer}": {"choice": [2, 4, 8]} for what in ("weight", "act") for layer in range(20)})
WORTH = [[Random(f"{group}/{channel}").expovariate(1) for channel in range(64)] for group in range(12)]


def pruned(point):
    """Measure masks: the error grows with the worth of what is cut, macs are products of neighbouring widths."""
    masks = [point[f"mask{index}"] for index in range(12)]
    width = [sum(mask) / len(mask) for mask in masks]
    lost = [
        1 - sum(bit * worth for bit, worth in zip(mask, its, strict=False)) / sum(its[: len(mask)])
        for mask, its in zip(masks, WORTH, strict=True)
    ]
    macs = sum(one * other * (1 + place % 4) for place, (one, other) in enumerate(pairwise(width)))
    return {"error": sum(share**2 for share in lost), "macs": macs}


def quantised(point):
    """Measure bit widths: the error of each falls by four with a bit, bops are products."""
    pairs = [(point[f"weight{layer}"], point[f"act{layer}"]) for layer in range(20)]
    error = sum((4.0**-one + 4.0**-other) * WORTH[0][layer] for layer, (one, other) in enumerate(pairs))
    return {"error": error, "bops": sum(one * other for one, other in pairs) / 1280}


def test_founders_of_pruning_are_of_every_density_and_masks_keep_one():
    trials = run(PruneEA(MASKS, ERROR_AND_MACS, random_models=100), pruned, 100)
    assert trials[0].point == MASKS.initial
    densities = sorted(sum(map(sum, trial.point.values())) / sum(WIDTHS) for trial in trials[1:])
    assert all(abs(density - (place + 0.5) / 99) < 0.15 for place, density in enumerate(densities))
    assert all(any(mask) for trial in trials for mask in trial.point.values())


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_whole_numbers_are_drawn_as_the_sums_of_bits_would_be(share):
    rng, domain = Random(0), Int(8, 136, 8)
    drawn = [dense(domain, 8, share, rng) for _ in range(2000)]
    assert all(map(domain.contains, drawn))
    assert mean(drawn) == pytest.approx(8 + 128 * share, abs=1.5)


def test_a_density_is_for_bits_and_whole_numbers_and_for_lists_of_them_alone():
    rng = Random(0)
    assert dense(Vector(bits(3), 2), [[0, 0, 0], [0, 0, 0]], 1.0, rng) == [[1, 1, 1], [1, 1, 1]]
    assert dense(bits(4, at_least=2), [1, 1, 1, 1], 0.0, rng) == [1, 1, 0, 0]
    assert dense(bits(4, 2), [0, 1, 0, 1], 1.0, rng) == [0, 1, 0, 1]
    assert dense(Choice((3, 5)), 5, 0.0, rng) == 5


def test_founders_of_quantisation_are_drawn_evenly():
    trials = run(QuantEA(LAYERS, ERROR_AND_BOPS, random_models=100), quantised, 100)
    drawn = [value for trial in trials[1:] for value in trial.point.values()]
    assert all(drawn.count(width) == pytest.approx(len(drawn) / 3, rel=0.1) for width in (2, 4, 8))


@BOTH
def test_both_children_of_a_crossover_are_proposed(kind):
    algorithm = kind(MASKS, ERROR_AND_MACS, random_models=8, num_individual=8, crossover_rate=1, mutation_rate=1e-9)
    trials = run(algorithm, pruned, 60)
    mixed = [trial for trial in trials if trial.lineage["operator"] == "crossover"]
    families = {}
    for trial in mixed:
        families.setdefault(tuple(trial.lineage["parents"]), []).append(trial)
    pairs = [
        (family, [trials[number] for number in parents]) for parents, family in families.items() if len(family) == 2
    ]
    assert len(pairs) > 10
    for children, parents in pairs:
        genes = [zip(*(MASKS.encode(one.point) for one in pair), strict=True) for pair in (children, parents)]
        assert sum(sorted(one) != sorted(other) for one, other in zip(*genes, strict=True)) <= 2


@BOTH
def test_no_network_is_proposed_twice_and_all_of_them_are_points_of_the_space(kind):
    trials = run(kind(MASKS, ERROR_AND_MACS), pruned, 200)
    assert len({MASKS.key(trial.point) for trial in trials}) == 200
    assert all(MASKS.contains(trial.point) for trial in trials)


@BOTH
def test_every_gene_is_tried_both_ways_after_the_founders(kind):
    space = of(code={"bits": 464})
    measure = lambda point: {"error": -sum(point["code"][232:]), "macs": sum(point["code"][:232])}  # noqa: E731
    trials = run(kind(space, ERROR_AND_MACS, random_models=2, num_individual=2), measure, 1500)
    tried = [set(column) for column in zip(*(trial.point["code"] for trial in trials[2:]), strict=True)]
    assert sum(len(values) == 2 for values in tried) > 440


@BOTH
def test_the_search_ends_after_the_last_generation_whether_its_trials_were_told_or_not(kind):
    algorithm = kind(MASKS, ERROR_AND_MACS, num_individual=4, num_generation=3, random_models=8)
    run(algorithm, pruned, 18)
    algorithm.ask()
    algorithm.ask()
    with pytest.raises(fgspace.Exhausted):
        algorithm.ask()


@BOTH
def test_without_a_number_of_generations_the_budget_ends_the_search(kind):
    assert len(run(kind(MASKS, ERROR_AND_MACS, random_models=4), pruned, 300)) == 300


def test_the_front_of_pruned_networks_dominates_more_than_that_of_even_founders_and_random_search():
    areas = {kind: mean(areas_of(kind, MASKS, ERROR_AND_MACS, pruned)) for kind in (PruneEA, NSGA2, RandomSearch)}
    assert areas[PruneEA] > 1.05 * areas[NSGA2] > 1.05 * areas[RandomSearch]


def test_the_front_of_quantised_networks_dominates_more_than_that_of_random_search():
    areas = {kind: mean(areas_of(kind, LAYERS, ERROR_AND_BOPS, quantised)) for kind in (QuantEA, RandomSearch)}
    assert areas[QuantEA] > 1.05 * areas[RandomSearch]


NETWORKS = {
    "resnet20": {"type": "ResNet", "depth": 20, "small_input": True},
    "resnet32": {"type": "ResNet", "depth": 32, "small_input": True},
    "resnet56": {"type": "ResNet", "depth": 56, "small_input": True},
    "mobilenet2": {"type": "MobileNetV2"},
}


def of_network(name, process, paths):
    """Return the space of a network with one process, at these paths its declared domains."""
    for package in ("fgspace_prune", "fgspace_quant", "fgspace_resnet", "fgspace_mobilenet"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    return fgspace.space(
        {
            "type": "FineGrainedSpace",
            "hyper_parameters": [f"process.{path}" for path in paths],
            "modules": ["net", "process"],
            "net": NETWORKS[name],
            "process": {"type": process},
        }
    )


@pytest.mark.needs("mobilenet", "prune", "quant", "resnet")
@pytest.mark.parametrize("encoding", ["masks", "widths"])
@pytest.mark.parametrize("name", NETWORKS)
def test_masks_and_widths_of_any_network_are_searched_by_its_costs(name, encoding):
    space = of_network(name, "Prune", [encoding])
    whole = space.cost()
    study = fgspace.Study(space, PruneEA, {"params": "max", "macs": "min"}, {"macs": {"max": 0.75 * whole["macs"]}})
    study.run(lambda description: {}, 40)
    assert study.evaluated == 40
    assert len(study.front()) > 5
    assert min(trial.metrics["macs"] for trial in study.front()) < 0.3 * whole["macs"]


@pytest.mark.needs("mobilenet", "prune", "quant", "resnet")
@pytest.mark.parametrize(("name", "layers"), [("resnet20", 20), ("resnet32", 32), ("resnet56", 56), ("mobilenet2", 51)])
def test_bits_of_any_network_are_searched_by_its_costs(name, layers):
    space = of_network(name, "Quant", ["nbit_w_list", "nbit_a_list"])
    assert [domain.length for domain in space.hyper_parameters.values()] == [layers, layers]
    study = fgspace.Study(space, QuantEA, {"bops": "min"})
    study.run(lambda description: {}, 100)
    assert study.evaluated == 100
    founders, children = ([trial.metrics["bops"] for trial in part] for part in (study.trials[:32], study.trials[32:]))
    assert min(children) < min(founders) < space.cost()["bops"]


@BOTH
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_individual": 0}, "num_individual must be at least 1, got 0"),
        ({"num_generation": -1}, "num_generation must be at least 0, got -1"),
        ({"random_models": 1}, "random_models must be at least 2, got 1"),
        ({"crossover_rate": -0.1}, "crossover_rate must be between 0 and 1, got -0.1"),
        ({"mutation_rate": 2}, "mutation_rate must be above 0 and at most 1, got 2"),
    ],
)
def test_an_option_out_of_its_range_is_refused(kind, options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        kind(MASKS, ERROR_AND_MACS, **options)


def areas_of(kind, space, objectives, measure, trials=150):
    """Return the areas of the fronts of six seeds."""
    studies = [run(kind(space, objectives, seed=seed), measure, trials) for seed in range(6)]
    worst = (12.0, 30.0) if measure is pruned else (3.0, 1.1)
    return [hypervolume([objectives.values(one) for one in objectives.front(trials)], worst) for trials in studies]
