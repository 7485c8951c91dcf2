"""Times a network in turns with a reference, so that what slows down the machine slows down both."""

from collections.abc import Callable, Sequence
from statistics import median, quantiles
from time import perf_counter

from fgspace import Sample

from fgspace_latency.runtimes import Run

_WARM_UP = 0.1
"""Seconds for which each is run before anything is timed."""
_FEWEST = 5
_SHORTEST = 5e-4
"""Seconds of one sample, at least: a shorter run is repeated within it."""
_ROUNDS = (11, 400)


def in_turns(run: Run, reference: Run, seconds: float) -> Sample:
    """Return the milliseconds of one run.

    A round is one sample of each. The median of the ratios, times the reference's median, is the value; the spread is
    the distance of the quartiles. Rounds take `seconds` together, but are at least 11.
    """
    times = [_repeats(one) for one in (run, reference)]
    lasts = sum(repeats * once for repeats, once in times)
    least, most = _ROUNDS
    rounds = max(least, min(most, int(seconds / lasts)))
    samples = [(_timed(run, times[0][0]), _timed(reference, times[1][0])) for _ in range(rounds)]
    ratios = [mine / other for mine, other in samples]
    base = 1000 * median(other for _, other in samples)
    return Sample(median(ratios) * base, _spread(ratios) * base, base)


def alone(run: Run, seconds: float) -> Sample:
    """Return the milliseconds of one run, without a reference."""
    repeats, once = _repeats(run)
    rounds = max(_ROUNDS[0], min(_ROUNDS[1], int(seconds / (repeats * once))))
    found = [1000 * _timed(run, repeats) for _ in range(rounds)]
    return Sample(median(found), _spread(found))


def _repeats(run: Callable[[], object]) -> tuple[int, float]:
    """Warm up, and return how many runs a sample has, and the seconds of one."""
    begin, count = perf_counter(), 0
    while count < _FEWEST or perf_counter() - begin < _WARM_UP:
        run()
        count += 1
    once = _timed(run, _FEWEST)
    return max(1, round(_SHORTEST / once)), once


def _timed(run: Callable[[], object], repeats: int) -> float:
    """Return the seconds of one run, from several."""
    begin = perf_counter()
    for _ in range(repeats):
        run()
    return (perf_counter() - begin) / repeats


def _spread(values: Sequence[float]) -> float:
    low, _, high = quantiles(values, n=4)
    return high - low
