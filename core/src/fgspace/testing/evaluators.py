"""The conformance suite of evaluators."""

import math
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fgspace.documents.digest import digest
from fgspace.signatures.calls import takes
from fgspace.study.early_stopping.reporting import Stop
from fgspace.study.executors.processes import ProcessExecutor


class EvaluatorSuite:
    """What every evaluator must do: subclass it in a test module, with `make` and `description`."""

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

    def test_it_saves_weights_in_its_folder_and_tests_them(self, tmp_path: Path) -> None:
        """The file is named after the description, and the held-out test reads the weights from it."""
        evaluator = self.make(0, tmp_path)
        evaluator(self.description())
        assert (tmp_path / f"{digest(self.description())}.pt").is_file()
        tested = self.make(0, tmp_path).test(self.description())
        assert all(math.isfinite(value) for value in tested.values())

    def test_it_reports_every_epoch_without_changing_its_metrics(self) -> None:
        """If its call takes `report`, it reports as early stopping needs it, and its metrics are the same."""
        if not takes(self.make(0, None), "report"):
            pytest.skip("it does not report")
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

    def test_an_exception_of_report_ends_it(self) -> None:
        """An exception of early stopping is not caught, and no weights are saved."""
        if not takes(self.make(0, None), "report"):
            pytest.skip("it does not report")
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


def _timeless(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if not name.endswith("seconds")}
