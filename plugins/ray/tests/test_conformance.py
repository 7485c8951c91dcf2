"""Everything that the plugin provides keeps its contract, the executor on a cluster of several nodes."""

import pytest
from fgspace.testing import WorkersSuite, conformance
from fgspace_ray.executor import RayExecutor

test = conformance("ray", without={"RayExecutor": "it is tried on a cluster below"})


class TestRayExecutor(WorkersSuite):
    @pytest.fixture(autouse=True)
    def cluster(self, machines):
        self.address = machines.address

    def make(self, workers):
        return RayExecutor(self.address, workers=workers, cpus=0.5, retries=0)
