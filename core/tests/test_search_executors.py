"""The executors of this machine conform."""

from fgspace.search.executors import SerialExecutor
from fgspace.search.processes import ProcessExecutor
from fgspace.testing import ExecutorSuite, WorkersSuite


class TestSerialExecutor(ExecutorSuite):
    def make(self, workers: int) -> SerialExecutor:
        return SerialExecutor()


class TestProcessExecutor(WorkersSuite):
    def make(self, workers: int) -> ProcessExecutor:
        return ProcessExecutor(workers)
