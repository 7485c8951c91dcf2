"""The training of one network, as an executor runs it."""

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.plugins.program import import_modules
from fgspace.runs.training.folder import EpochLog


class Job:
    """Trains with an evaluator in a worker process, which first imports the modules that register the types."""

    def __init__(self, evaluator: Any, modules: Sequence[str]) -> None:
        self._modules = tuple(modules)
        try:
            self._pickled = pickle.dumps(evaluator)
        except Exception as error:  # pickling runs code of the evaluator's own
            raise FgspaceError(f"the evaluator cannot be sent to a worker process: {error}") from error

    def __call__(self, description: Mapping[str, Any], folder: str) -> Mapping[str, float]:
        """Train the network of a description in a folder, and return its metrics."""
        import_modules(self._modules)
        return train_here(pickle.loads(self._pickled), description, folder)


def train_here(evaluator: Any, description: Mapping[str, Any], folder: str) -> Mapping[str, float]:
    """Train the network of a description in this process."""
    place = Path(folder)
    metrics: Mapping[str, float] = evaluator.train(description, folder=place, report=EpochLog(place))
    return metrics
