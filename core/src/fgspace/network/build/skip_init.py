"""Skips the initialisation of parameters whose values will be loaded anyway."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import init
from torch.overrides import TorchFunctionMode

_RANDOM = frozenset(
    {
        init.kaiming_uniform_,
        init.uniform_,
        init.normal_,
        Tensor.uniform_,
        Tensor.normal_,
        Tensor.random_,
        Tensor.bernoulli_,
        Tensor.exponential_,
        Tensor.cauchy_,
        Tensor.log_normal_,
        Tensor.geometric_,
    }
)


@contextmanager
def skip_init() -> Iterator["Draws"]:
    """Leave parameters that are drawn at random uninitialised; constants and buffers are set."""
    with Draws() as draws:
        yield draws


class Draws(TorchFunctionMode):
    """Skips the calls that draw random values into a parameter, except where the values are used."""

    def __init__(self) -> None:
        super().__init__()
        self._used = False

    @contextmanager
    def used(self) -> Iterator[None]:
        """Draw the parameters that are made meanwhile, and restore the random state afterwards.

        Draws on the meta device are skipped all the same: parameters there have no values.
        """
        before, self._used = self._used, True
        try:
            with torch.random.fork_rng(devices=[]):
                yield
        finally:
            self._used = before

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call the function, unless it draws random values into a parameter."""
        if func in _RANDOM:
            drawn = args[0] if args else (kwargs or {}).get("tensor")
            if isinstance(drawn, nn.Parameter) and (drawn.is_meta or not self._used):
                return drawn
        return func(*args, **(kwargs or {}))
