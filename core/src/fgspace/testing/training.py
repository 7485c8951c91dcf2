"""The conformance suite of evaluators that train in full."""

import math
import os
import pickle
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from fgspace.study.executors.processes import ProcessExecutor


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
