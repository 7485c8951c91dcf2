"""An evaluator that can be sent to a worker process."""

import pickle
from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.plugins.program import import_modules


class InWorker:
    """Evaluates in a worker process, which first imports the modules that register the types."""

    def __init__(self, evaluator: Any, modules: Sequence[str]) -> None:
        self.metrics = getattr(evaluator, "metrics", ())
        self._modules = tuple(modules)
        try:
            self._pickled = pickle.dumps(evaluator)
        except Exception as error:  # pickling runs code of the evaluator's own
            raise FgspaceError(f"the evaluator cannot be sent to a worker process: {error}") from error
        self._evaluator: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_evaluator": None}

    def prepare(self) -> None:
        """Make the evaluator and call its `prepare`: once in each worker, before its first trial."""
        import_modules(self._modules)
        self._evaluator = pickle.loads(self._pickled)
        if hasattr(self._evaluator, "prepare"):
            self._evaluator.prepare()

    def __call__(self, description: dict[str, Any], **given: Any) -> Mapping[str, float]:
        """Evaluate a description; where the executor did not call `prepare`, the first call does."""
        if self._evaluator is None:
            self.prepare()
        metrics: Mapping[str, float] = self._evaluator(description, **given)
        return metrics
