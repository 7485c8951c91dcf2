"""Makes metrics of what was measured, and divides out how much the machine has changed since the first trial."""

from collections.abc import Iterable, Mapping, Sequence

from fgspace.study.measuring.measurement import Sample
from fgspace.study.trial import Metrics, Trial

_SUFFIXES = ("", "_spread", "_drift", "_reference")


def metric_names(measured: Iterable[str], suffixes: Sequence[str] = _SUFFIXES) -> tuple[str, ...]:
    """Return the names of the metrics that measurements of these names give, or of those with a suffix."""
    return tuple(f"{name}{suffix}" for name in measured for suffix in suffixes)


class Drift:
    """The references of a study: what each measurement's reference was when the first trial was measured.

    Every trial keeps that number and the drift, now / then, so that a study that goes on in another process goes on
    with it, whichever of its trials were finished.
    """

    def __init__(self) -> None:
        self._first: dict[str, float] = {}
        self._is_read = False

    def learn(self, trials: Iterable[Trial], measured: Iterable[str]) -> None:
        """Read the references of these measurements from the trials of the store, the first time."""
        if self._is_read:
            return
        self._is_read, wanted = True, {f"{name}_reference": name for name in measured}
        for trial in trials:
            known = wanted.keys() & trial.metrics.keys()
            self._first |= {wanted.pop(key): trial.metrics[key] for key in known}
            if not wanted:
                return

    def metrics(self, samples: Mapping[str, Sample]) -> Metrics:
        """Return the metrics of a trial: what was measured and its spread, as the machine was in the beginning."""
        found: Metrics = {}
        for name, sample in samples.items():
            if sample.reference is None:
                found |= {name: sample.value, f"{name}_spread": sample.spread}
                continue
            first = self._first.setdefault(name, sample.reference)
            drift = sample.reference / first
            values = (sample.value / drift, sample.spread / drift, drift, first)
            found |= dict(zip(metric_names([name]), values, strict=True))
        return found
