"""Sites name the calls by which a model makes tensors; a call has the same name in every run."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from torch import nn

_SAME = {
    "iadd": "add",
    "radd": "add",
    "imul": "mul",
    "rmul": "mul",
    "isub": "sub",
    "concat": "cat",
    "concatenate": "cat",
}


def key(name: str) -> str:
    """Return a name in the form that `nn.ModuleDict` accepts: with no point, and none of its own, such as "keys"."""
    made = name.replace(".", "/") or "/"
    return f"/{made}" if hasattr(nn.ModuleDict, made) else made


class Site(NamedTuple):
    """One call of a function by a module: the module's `call`-th run, and there the `nth` call of the function.

    Both count from 0.
    """

    module: str
    call: int
    function: str
    nth: int


class Sites:
    """Follows which module is running, and names the calls that it makes."""

    def __init__(self) -> None:
        self._stack: list[tuple[str, int]] = []
        self._runs: Counter[str] = Counter()
        self._calls: Counter[tuple[str, int, str]] = Counter()

    def start(self) -> None:
        """Begin a run of the model."""
        self._stack = [("", 0)]
        self._runs.clear()
        self._calls.clear()

    def watch(self, model: nn.Module) -> None:
        """Hook into every part of the model; a deep copy of the model is watched by a copy of this object."""
        for name, module in model.named_modules():
            module.register_forward_pre_hook(partial(self._enter, name))
            module.register_forward_hook(self._leave, always_call=True)

    def name(self, function: Callable[..., Any]) -> Site:
        """Return the site of the call that the running module is making."""
        called = str(getattr(function, "__name__", "call")).strip("_")
        called = _SAME.get(called, called)
        module, call = self._stack[-1]
        nth = self._calls[(module, call, called)]
        self._calls[(module, call, called)] += 1
        return Site(module, call, called, nth)

    def _enter(self, name: str, module: nn.Module, args: Any) -> None:
        self._stack.append((name, self._runs[name]))
        self._runs[name] += 1

    def _leave(self, module: nn.Module, args: Any, output: Any) -> None:
        self._stack.pop()
