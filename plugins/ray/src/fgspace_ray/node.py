"""The code that runs on a node of the cluster: it loads a function once per process, and then calls it."""

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
    """A pickled function and its environment, sent to each node once.

    `folder` is the working directory of the search and `path` its module search path; a node uses those of these
    folders that exist there. `environment` holds environment variables, set before the function, and torch with it, is
    loaded.
    """

    function: bytes
    folder: str
    path: tuple[str, ...]
    environment: Mapping[str, str]


def work(shipped: Shipped, arguments: bytes) -> Iterator[bytes]:
    """Load a function, then call it: yield the pickled answer of each step; a failed load is the only answer."""
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
    _loaded(shipped.function)


def _call(shipped: Shipped, arguments: bytes) -> bytes:
    # Pickled here, so that a result that cannot be pickled fails this call only.
    return pickle.dumps(_loaded(shipped.function)(*pickle.loads(arguments)))


@lru_cache(maxsize=1)
def _loaded(function: bytes) -> Any:
    """Return the function with its data loaded; it is kept until the process gets another function."""
    fn = pickle.loads(function)
    if hasattr(fn, "prepare"):
        fn.prepare()
    return fn
