"""The conformance suites of evaluators, and of those that train in full."""

import copy
import math
import os
import pickle
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, ClassVar, Self

from fgspace.documents.digest import digest
from fgspace.errors import FgspaceError
from fgspace.plugins.default_registry import default_registry
from fgspace.plugins.registry import Type
from fgspace.signatures.calls import make, takes
from fgspace.study.early_stopping.reporting import Stop
from fgspace.study.executors.processes import ProcessExecutor
from fgspace.testing.kit.checks import only_if
from fgspace.testing.kit.examples import Example

_WIDTHS = (10, 2, 1, 100, 1000)
"""Numbers of outputs of the network that is evaluated where an example gives none: the first that is accepted."""


def _network(outputs: int) -> dict[str, Any]:
    """Return a network for any input: the mean of everything, and a linear layer."""
    parts = {
        "pool": {"type": "AdaptiveAvgPool2d", "output_size": 2},
        "flatten": {"type": "Flatten"},
        "head": {"type": "Linear", "out_features": outputs},
    }
    return {"type": "FineGrainedSpace", "modules": [*parts], **parts}


class EvaluatorSuite:
    """What every evaluator must do: subclass it in a test module, with `make` and `description`."""

    promises: ClassVar[int] = 6

    @classmethod
    def of(cls, found: Type, example: Example) -> Self:
        """Return the suite of a type, tried as an example has it; its `network` is what is evaluated."""
        suite, options = cls(), {"type": found.name, **example.options}
        suite.__dict__["make"] = lambda seed, folder: make(
            default_registry(), "evaluator", options, seed=seed, folder=folder
        )
        suite.__dict__["description"] = lambda: example.network or _accepted(suite.make(0, None))
        return suite

    def given(self, name: str) -> Any:
        """Return nothing: the tests take no more than a folder."""
        raise NotImplementedError(name)

    @property
    def reports(self) -> bool:
        """Whether its call takes `report`."""
        return takes(self.make(0, None), "report")

    @property
    def tests(self) -> bool:
        """Whether it measures kept candidates on held-out data."""
        return hasattr(self.make(0, None), "test")

    def make(self, seed: int, folder: Path | None) -> Any:
        """Make the evaluator, with options that make it as fast as possible."""
        raise NotImplementedError("make(seed, folder) returns the evaluator to test")

    def description(self) -> Mapping[str, Any]:
        """Return the description of a network that it can evaluate."""
        raise NotImplementedError("description() returns a description to evaluate")

    def test_its_metrics_are_those_that_it_names_and_finite(self) -> None:
        """A result has the metrics that the attribute `metrics` names."""
        evaluator = self.make(0, None)
        given = evaluator(self.description())
        assert set(given) == set(evaluator.metrics)
        assert all(isinstance(value, int | float) and math.isfinite(value) for value in given.values())

    def test_it_is_light_until_it_is_used(self) -> None:
        """It is sent to workers as a pickle of at most a few kilobytes."""
        assert len(pickle.dumps(self.make(0, None))) < 10_000

    def test_the_digest_of_its_data_stays_the_same(self) -> None:
        """The attribute `data_digest`, if there is one, is text made from the data."""
        first, second = (getattr(self.make(0, None), "data_digest", None) for _ in range(2))
        assert first == second
        assert first is None or isinstance(first, str)

    def test_the_same_seed_gives_the_same_metrics_but_for_times(self) -> None:
        """Two evaluators with the same seed return the same metrics, times excepted."""
        first, second = (self.make(3, None)(self.description()) for _ in range(2))
        assert _timeless(first) == _timeless(second)

    def test_it_measures_the_same_in_a_worker_process(self) -> None:
        """It can be pickled, and returns the same metrics there."""
        evaluator = self.make(3, None)
        with ProcessExecutor(1) as executor:
            there = executor.submit(evaluator, self.description()).result(timeout=600)
        assert set(there) == set(evaluator.metrics)

    def test_the_weights_that_it_saves_are_named_after_the_description(self, tmp_path: Path) -> None:
        """It saves them in its folder as DIGEST.pt, if it saves any, and nothing where it has no folder."""
        self.make(0, tmp_path)(self.description())
        assert {file.name for file in tmp_path.glob("*.pt")} <= {f"{digest(self.description())}.pt"}

    @only_if("tests", "it has no `test` on held-out data")
    def test_another_evaluator_with_its_folder_tests_what_it_has_kept(self, tmp_path: Path) -> None:
        """The held-out metrics are finite; where weights are saved, they are read from the folder."""
        self.make(0, tmp_path)(self.description())
        tested = self.make(0, tmp_path).test(self.description())
        assert tested
        assert all(isinstance(value, int | float) and math.isfinite(value) for value in tested.values())

    def test_it_leaves_the_description_as_it_is(self) -> None:
        """Descriptions share the values that are not searched."""
        description = self.description()
        before = copy.deepcopy(description)
        self.make(0, None)(description)
        assert description == before

    @only_if("reports", "its call takes no `report`")
    def test_it_reports_every_epoch_without_changing_its_metrics(self) -> None:
        """If its call takes `report`, it reports as early stopping needs it, and its metrics are the same."""
        heard: list[tuple[int, Mapping[str, float], int | None]] = []
        evaluator = self.make(3, None)
        given = evaluator(self.description(), report=lambda epoch, metrics, of=None: heard.append((epoch, metrics, of)))
        assert _timeless(given) == _timeless(self.make(3, None)(self.description()))
        epochs = [epoch for epoch, _, _ in heard]
        assert epochs == sorted(set(epochs))
        assert all(epoch >= 1 for epoch in epochs)
        assert all(set(metrics) <= set(evaluator.metrics) for _, metrics, _ in heard)
        for epoch, metrics, of in heard[-1:]:
            assert of == epoch, "the last report must have `of` equal to its epoch, so that no trial is stopped there"
            assert {name: given[name] for name in _timeless(metrics)} == _timeless(metrics)

    @only_if("reports", "its call takes no `report`")
    def test_an_exception_of_report_ends_it(self) -> None:
        """An exception of early stopping is not caught, and no weights are saved."""
        calls = []

        def stop(epoch: int, metrics: Mapping[str, float], of: int | None = None) -> None:
            calls.append(epoch)
            raise Stop

        try:
            self.make(0, None)(self.description(), report=stop)
        except Stop:
            assert len(calls) == 1
        else:
            assert not calls, "the evaluator caught the exception of early stopping, and went on"


class TrainingSuite:
    """What an evaluator's `train` must do: subclass it in a test module, with `make` and `description`."""

    def make(self, seed: int) -> Any:
        """Make the evaluator, with options that train three epochs or a few more, as fast as possible."""
        raise NotImplementedError("make(seed) returns the evaluator to test")

    def description(self) -> Mapping[str, Any]:
        """Return the description of a network that it can train."""
        raise NotImplementedError("description() returns a description to train")

    def test_it_leaves_weights_and_returns_finite_metrics(self, tmp_path: Path) -> None:
        """The folder holds weights.pt, and the result has the metrics of a trial."""
        evaluator = self.make(0)
        metrics = evaluator.train(self.description(), folder=tmp_path)
        assert (tmp_path / "weights.pt").is_file()
        assert set(evaluator.metrics) <= set(metrics)
        assert all(isinstance(value, int | float) and math.isfinite(value) for value in metrics.values())

    def test_it_reports_every_epoch_and_how_many_there_are(self, tmp_path: Path) -> None:
        """Epochs count up from 1 to the last."""
        heard = []

        def report(epoch: int, metrics: Mapping[str, float], of: int | None = None) -> None:
            heard.append((epoch, of))

        self.make(0).train(self.description(), folder=tmp_path, report=report)
        assert heard == [(epoch, len(heard)) for epoch in range(1, len(heard) + 1)]

    def test_the_same_seed_gives_the_same_metrics_but_for_times(self, tmp_path: Path) -> None:
        """Two trainings with the same seed come to the same metrics, times excepted."""
        one, other = (self.make(3).train(self.description(), folder=tmp_path / name) for name in ("one", "other"))
        assert _timeless(one) == _timeless(other)

    def test_a_training_that_is_ended_after_any_epoch_goes_on_as_if_it_had_not_been(self, tmp_path: Path) -> None:
        """A process that ends after an epoch, without a word, costs no finished epoch, and changes no metric."""
        with ProcessExecutor(1, threads=1) as executor:

            def trained(folder: str, last: int | None = None) -> Future[Any]:
                job = _Trained(pickle.dumps(self.make(3)), last)
                return executor.submit(job, self.description(), tmp_path / folder)

            whole, _ = trained("whole").result(timeout=600)
            assert trained("ended", 2).exception(timeout=600) is not None
            given, heard = trained("ended").result(timeout=600)
        assert _timeless(given) == _timeless(whole)
        assert heard == list(range(1, len(heard) + 1)), "every epoch is told of, those that were finished before too"


class _Trained:
    """Trains in another process, and returns the metrics and the epochs that were reported."""

    def __init__(self, pickled: bytes, last: int | None) -> None:
        self._pickled, self._last = pickled, last

    def __call__(self, description: Mapping[str, Any], folder: Path) -> tuple[Mapping[str, float], list[int]]:
        heard: list[int] = []

        def report(epoch: int, metrics: Mapping[str, float], of: int | None = None) -> None:
            heard.append(epoch)
            if epoch == self._last:
                os._exit(1)

        return pickle.loads(self._pickled).train(description, folder=folder, report=report), heard


def _timeless(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if not name.endswith("seconds")}


def _accepted(evaluator: Any) -> dict[str, Any]:
    """Return a small network whose outputs an evaluator accepts.

    Raises:
        FgspaceError: it accepts none of a few widths.
    """
    if not hasattr(evaluator, "check_output"):
        return _network(_WIDTHS[0])
    refused = None
    for outputs in _WIDTHS:
        try:
            evaluator.check_output((outputs,))
        except ValueError as error:
            refused = refused or error
        else:
            return _network(outputs)
    raise FgspaceError(f"no usual network suits it ({refused}): give its example an entry 'network'")
