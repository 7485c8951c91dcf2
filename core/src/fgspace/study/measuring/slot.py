"""The slot of measurements: one function that evaluates trials, or measures them, wherever an executor calls it."""

import pickle
from collections.abc import Callable, Mapping
from typing import Any

from fgspace.network.costs import Shape
from fgspace.study.failure import TrialError, no_room, words
from fgspace.study.measuring.measurement import Measurement, Sample

EVALUATE, MEASURE = "evaluate", "measure"


class Slot:
    """Evaluates with an evaluator, or measures.

    It is one function for both: an executor sends a function to a worker once, and another one would have the evaluator
    load its data again. Called with the step first.
    """

    def __init__(
        self, evaluate: Callable[..., Any], measurements: Mapping[str, Measurement], input_shape: Shape
    ) -> None:
        self._evaluate = evaluate
        self._input_shape = input_shape
        self._measurements: Mapping[str, Measurement] | None = measurements
        self._packed = b""
        self._is_prepared = False

    def __getstate__(self) -> dict[str, Any]:
        # Read where they are first used: the modules of their types are imported by the evaluator's `prepare`.
        packed = self._packed or pickle.dumps(self._measurements)
        return {**self.__dict__, "_measurements": None, "_packed": packed, "_is_prepared": False}

    def prepare(self) -> None:
        """Call the evaluator's `prepare`, if it has one."""
        if hasattr(self._evaluate, "prepare"):
            self._evaluate.prepare()
        self._is_prepared = True

    def __call__(self, step: str, *given: Any) -> Any:
        """Evaluate with what is given, or measure the description that is given."""
        return self._evaluate(*given) if step == EVALUATE else self._samples(*given)

    def _samples(self, description: Mapping[str, Any]) -> dict[str, Sample]:
        if self._measurements is None:
            if not self._is_prepared:  # an executor that does not prepare functions
                self.prepare()
            self._measurements = pickle.loads(self._packed)
        return {name: self._sample(name, one, description) for name, one in (self._measurements or {}).items()}

    def _sample(self, name: str, measurement: Measurement, description: Mapping[str, Any]) -> Sample:
        try:
            sample = measurement(description, self._input_shape)
        except Exception as error:  # any, of the type's own
            if no_room(error):
                raise
            raise TrialError(f"{name}: {words(error)}") from error
        if not isinstance(sample, Sample):
            raise TrialError(f"{name}: expected an fgspace.Sample, got {type(sample).__name__}")
        return sample
