"""What runs on a node of the cluster: one call, with what it needs kept in the process for the next."""

import os
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from fgspace import CallOutcome, refusal


@dataclass(frozen=True)
class Shipped:
    """A function on its way to the nodes, and the surroundings that it is to find there: both go to a node once.

    `folder` is the working directory of the search, and `path` where it looks for modules; a node uses what it has of
    them. `environment` is set before the function is read, and torch imported with it.
    """

    function: bytes
    folder: str
    path: tuple[str, ...]
    environment: Mapping[str, str]


def work(shipped: Shipped, arguments: bytes) -> Iterator[bytes]:
    """Load the function and say what became of that, then call it, where it is there: two answers, pickled."""
    loaded = _answer(partial(_load, shipped))
    yield pickle.dumps(loaded)
    if loaded[0] == "gave":
        yield pickle.dumps(_answer(partial(_call, shipped, arguments)))


def _answer(body: Callable[[], Any]) -> CallOutcome:
    try:
        return "gave", body()
    except BaseException as error:
        return refusal(error)


def _load(shipped: Shipped) -> None:
    os.environ.update(shipped.environment)
    with suppress(OSError):
        os.chdir(shipped.folder)
    sys.path += [folder for folder in shipped.path if folder not in sys.path]
    _kept(shipped.function)


def _call(shipped: Shipped, arguments: bytes) -> bytes:
    # Pickled here, where what cannot be sent back costs the call only.
    return pickle.dumps(_kept(shipped.function)(*pickle.loads(arguments)))


@lru_cache(maxsize=1)
def _kept(function: bytes) -> Any:
    """Return the function with what it needs loaded, the same one while calls of it come."""
    fn = pickle.loads(function)
    if hasattr(fn, "prepare"):
        fn.prepare()
    return fn
