"""Keeps Optuna from writing to the terminal of a search."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from optuna.exceptions import ExperimentalWarning


@contextmanager
def quiet() -> Iterator[None]:
    """Keep back what Optuna says of experimental parts, and of parameters that a sampler draws at random."""
    log = logging.getLogger("optuna")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for kind in (UserWarning, FutureWarning, ExperimentalWarning):
                warnings.simplefilter("ignore", kind)
            yield
    finally:
        log.setLevel(level)
