"""The Ray executor passes the conformance suite of executors, on a cluster of several nodes."""

import pytest
from fgspace.testing import PluginSuite, WorkersSuite
from fgspace_ray.executor import RayExecutor


class TestPlugin(PluginSuite):
    name = "ray"


class TestRayExecutor(WorkersSuite):
    @pytest.fixture(autouse=True)
    def cluster(self, machines):
        self.address = machines.address

    def make(self, workers):
        return RayExecutor(self.address, workers=workers, cpus=0.5, retries=0)
