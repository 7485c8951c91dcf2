"""BackboneNasSearch keeps the contract of every algorithm."""

from fgspace.testing import AlgorithmSuite
from fgspace_ea.backbone_nas import BackboneNasSearch


class TestBackboneNasSearch(AlgorithmSuite):
    def make(self, space, objectives, seed, **options):
        return BackboneNasSearch(space, objectives, seed=seed, **options)
