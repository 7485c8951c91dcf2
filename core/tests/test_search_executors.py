"""The executors of core pass their conformance suites."""

from fgspace.study.executors.executor import SerialExecutor
from fgspace.study.executors.processes import ProcessExecutor
from fgspace.testing import ExecutorSuite, WorkersSuite


class TestSerialExecutor(ExecutorSuite):
    def make(self, workers: int) -> SerialExecutor:
        return SerialExecutor()


class TestProcessExecutor(WorkersSuite):
    def make(self, workers: int) -> ProcessExecutor:
        return ProcessExecutor(workers)
