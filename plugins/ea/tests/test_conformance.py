"""Every algorithm keeps the contract of algorithms."""

from fgspace.testing import AlgorithmSuite
from fgspace_ea.backbone_nas import BackboneNasSearch
from fgspace_ea.local_search import LocalSearch
from fgspace_ea.nsga2 import NSGA2
from fgspace_ea.nsga3 import NSGA3
from fgspace_ea.prune_ea import PruneEA
from fgspace_ea.quant_ea import QuantEA
from fgspace_ea.regularized_evolution import RegularizedEvolution


class TestBackboneNasSearch(AlgorithmSuite):
    def make(self, space, objectives, seed, **options):
        return BackboneNasSearch(space, objectives, seed=seed, **options)


class TestRegularizedEvolution(AlgorithmSuite):
    def make(self, space, objectives, seed, **options):
        return RegularizedEvolution(space, objectives, seed=seed, **options)


class TestLocalSearch(AlgorithmSuite):
    def make(self, space, objectives, seed, **options):
        return LocalSearch(space, objectives, seed=seed, **options)


class TestNSGA2(AlgorithmSuite):
    def make(self, space, objectives, seed, **options):
        return NSGA2(space, objectives, seed=seed, **options)


class TestNSGA3(AlgorithmSuite):
    def make(self, space, objectives, seed, **options):
        return NSGA3(space, objectives, seed=seed, **options)


class TestPruneEA(AlgorithmSuite):
    def make(self, space, objectives, seed, **options):
        # The suite compares after 60 trials, of which founders are not to be half: those of every density are as far
        # from what it looks for, which is in the middle, as there is room.
        return PruneEA(space, objectives, seed=seed, **{"random_models": 16, **options})


class TestQuantEA(AlgorithmSuite):
    def make(self, space, objectives, seed, **options):
        return QuantEA(space, objectives, seed=seed, **options)
