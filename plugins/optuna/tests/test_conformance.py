"""Every sampler keeps the contract of algorithms: minutes of asking, so run with the tests that take long."""

from types import MappingProxyType

import pytest
from fgspace.testing import AlgorithmSuite
from fgspace_optuna import samplers

pytestmark = pytest.mark.soak


class Suite(AlgorithmSuite):
    kind = None
    options = MappingProxyType({})

    def make(self, space, objectives, seed, **options):
        return self.kind(space, objectives, seed=seed, **self.options)


class TestTPESampler(Suite):
    kind = samplers.TPESampler
    claims_to_learn = True


class TestGPSampler(Suite):
    kind = samplers.GPSampler
    claims_to_learn = True


class TestCmaEsSampler(Suite):
    kind = samplers.CmaEsSampler
    several_objectives = False


class TestNSGAIISampler(Suite):
    kind = samplers.NSGAIISampler
    # The suite compares after 60 trials, of which the default of 50 are drawn at random.
    options = MappingProxyType({"population_size": 10})


class TestNSGAIIISampler(Suite):
    kind = samplers.NSGAIIISampler
    options = MappingProxyType({"population_size": 10})


class TestQMCSampler(Suite):
    kind = samplers.QMCSampler
    learns = False


class TestRandomSampler(Suite):
    kind = samplers.RandomSampler
    learns = False


del Suite  # is no test itself
