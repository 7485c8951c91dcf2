"""How important each hyper-parameter is for each objective, by PED-ANOVA.

Watanabe, Bansal and Hutter, "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary Subspaces",
IJCAI 2023: the more the values of the best trials are distributed unlike those of all trials, the more important.
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from statistics import pstdev
from typing import Any

from fgspace.documents.digest import canonical
from fgspace.runs.reports.source import Source
from fgspace.study.trial import Trial

LEAST_TRIALS = 20
"""The number of measured trials below which shares would be noise."""
_BINS = 50
_WIDEST = 1000
"""The span from which whole numbers fall into bins, too."""
_PRIOR = 1.0
"""The weight of the prior, in trials."""
_DRAWN = 3.0
"""The weight of the spread of all values beside that of the best, in trials."""

CAVEAT = (
    "PED-ANOVA compares the values of the best tenth of the trials with those of all trials, one hyper-parameter at a"
    " time: what matters only together with another one can look unimportant, and an algorithm that soon proposes good"
    " values only makes them look less important. It says where good trials differ, and not why."
)


def importance(source: Source) -> dict[str, Any]:
    """Return objective → path → share, which add up to 1, and how many trials they come from.

    The share of a vector is the sum of its elements', which `elements` has under names such as `layer.bits[3]`. A
    hyper-parameter that is not always active is judged by the trials in which it is, and weighs as much as these are of
    all. There are no shares of fewer than 20 measured trials.
    """
    trials = source.measured
    top = max(5, math.ceil(len(trials) / 10))
    if len(trials) < LEAST_TRIALS or not source.identity.paths:
        return {"shares": {}, "elements": {}, "trials": len(trials), "top": 0, "caveat": CAVEAT}
    logarithmic = _logarithmic(source.identity.space)
    elements = {
        name: _shares(trials, _best(source, trials, index, top), source.identity.paths, logarithmic)
        for index, name in enumerate(source.objectives.directions)
    }
    shares = {name: _summed(found) for name, found in elements.items()}
    return {"shares": shares, "elements": elements, "trials": len(trials), "top": top, "caveat": CAVEAT}


def _best(source: Source, trials: Sequence[Trial], index: int, top: int) -> set[int]:
    """Return the numbers of the best trials in one objective."""
    ranked = sorted(trials, key=lambda trial: (source.objectives.values(trial)[index], trial.number))
    return {trial.number for trial in ranked[:top]}


def _shares(trials: Sequence[Trial], best: set[int], paths: Sequence[str], logarithmic: set[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for path in paths:
        active = [(trial.point[path], trial.number in best) for trial in trials if path in trial.point]
        for name, element in _elements(path, active):
            found[name] = _divergence(*element, path in logarithmic) * len(active) / len(trials)
    total = sum(found.values())
    return {name: value / total if total else 0.0 for name, value in found.items()}


def _summed(elements: Mapping[str, float]) -> dict[str, float]:
    """Return the shares of hyper-parameters from those of their elements."""
    found: dict[str, float] = {}
    for name, share in elements.items():
        path = name.partition("[")[0]
        found[path] = found.get(path, 0.0) + share
    return found


def _elements(path: str, pairs: Sequence[tuple[Any, bool]]) -> Iterator[tuple[str, tuple[list[Any], list[Any]]]]:
    """Yield the values of all trials and of the best ones, for each element of a vector on its own."""
    length = vector_length([value for value, _ in pairs])
    for index in range(length):
        values = [value[index] for value, _ in pairs]
        yield f"{path}[{index}]", (values, [value[index] for value, is_best in pairs if is_best])
    if pairs and not length:
        yield path, ([value for value, _ in pairs], [value for value, is_best in pairs if is_best])


def vector_length(values: Sequence[Any]) -> int:
    """Return the length of the lists of one length that all values are; 0 if they are not."""
    lengths = {len(value) if isinstance(value, list) else 0 for value in values}
    return lengths.pop() if len(lengths) == 1 else 0


def _divergence(values: Sequence[Any], best: Sequence[Any], is_log: bool) -> float:
    """Return the Pearson divergence of the best values from all values."""
    if not best or not values:
        return 0.0
    keys, few = _binned(values, best, is_log)
    numbers = [key for key in keys if isinstance(key, int)]
    in_order = len(numbers) == len(keys)
    bins: Sequence[Hashable] = range(min(numbers), max(numbers) + 1) if in_order else sorted({*keys}, key=repr)
    spread = pstdev(numbers) if in_order else None
    uniform = dict.fromkeys(bins, 1 / len(bins))
    of_all = _density(keys, uniform, spread)
    of_best = _density(few, of_all, spread)
    return sum(of_all[one] * (of_best[one] / of_all[one] - 1) ** 2 for one in bins)


def _binned(values: Sequence[Any], best: Sequence[Any], is_log: bool) -> tuple[list[Hashable], list[Hashable]]:
    """Return values as keys to count: numbers of many values fall into bins."""
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    if not numbers or (len({*values}) <= _BINS and max(values) - min(values) < _WIDEST):
        keys: list[Any] = [[_key(value) for value in some] for some in (values, best)]
        return keys[0], keys[1]
    scale = math.log if is_log and min(values) > 0 else float
    low, high = scale(min(values)), scale(max(values))
    binned: list[list[Hashable]] = [
        [min(_BINS - 1, int((scale(value) - low) / (high - low) * _BINS)) for value in some] for some in (values, best)
    ]
    return binned[0], binned[1]


def _key(value: Any) -> Hashable:
    return value if isinstance(value, str | int | float | None) else str(canonical(value))


def _density(keys: Sequence[Hashable], prior: Mapping[Hashable, float], spread: float | None) -> dict[Hashable, float]:
    """Return the share of each bin, drawn towards a prior, so that few values do not look like much.

    Bins in order are smoothed: `spread` is the standard deviation of all values, None of bins without an order.
    """
    counts: Mapping[Hashable, float] = Counter(keys)
    if spread is not None:
        counts = _smoothed(counts, list(prior), _width(keys, spread))
    return {one: (counts.get(one, 0.0) + _PRIOR * share) / (len(keys) + _PRIOR) for one, share in prior.items()}


def _width(keys: Sequence[Any], spread: float) -> float:
    """Return the width of a kernel by Scott's rule; the spread of few values is drawn towards that of all."""
    own = pstdev(keys)
    drawn = math.sqrt((len(keys) * own**2 + _DRAWN * spread**2) / (len(keys) + _DRAWN))
    return max(0.25, 1.059 * drawn * math.pow(len(keys), -0.2))


def _smoothed(counts: Mapping[Hashable, float], bins: Sequence[Any], width: float) -> dict[Hashable, float]:
    """Return counts spread by a normal kernel."""
    smooth: dict[Hashable, float] = dict.fromkeys(bins, 0.0)
    for center in bins:
        if amount := counts.get(center, 0):
            kernel = [math.exp(-(((one - center) / width) ** 2) / 2) for one in bins]
            whole = sum(kernel)
            for one, share in zip(bins, kernel, strict=True):
                smooth[one] += amount * share / whole
    return smooth


def _logarithmic(space: Mapping[str, Any]) -> set[str]:
    """Return the paths of hyper-parameters that are searched on a logarithmic scale."""
    return {path for path, one in space["hyper_parameters"].items() if _says_log(one["domain"])}


def _says_log(domain: Any) -> bool:
    return isinstance(domain, Mapping) and (domain.get("log") is True or any(map(_says_log, domain.values())))
