"""An evaluator on its way to a worker process."""

import pickle
from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.program import import_modules


class InWorker:
    """Evaluates in a worker process, which first imports the modules that the program registered its types in."""

    def __init__(self, evaluator: Any, modules: Sequence[str]) -> None:
        self.metrics = getattr(evaluator, "metrics", ())
        self._modules = tuple(modules)
        self._pickled = pickle.dumps(evaluator)
        self._evaluator: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_evaluator": None}

    def __call__(self, description: dict[str, Any]) -> Mapping[str, float]:
        """Evaluate a description; the evaluator, and what it loads, is made once a worker."""
        if self._evaluator is None:
            import_modules(self._modules)
            self._evaluator = pickle.loads(self._pickled)
        metrics: Mapping[str, float] = self._evaluator(description)
        return metrics
