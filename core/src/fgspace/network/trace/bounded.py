"""Ends the code of a type that calls torch without end."""

from collections.abc import Callable, Mapping
from typing import Any

from torch.overrides import TorchFunctionMode

from fgspace.network.costs import PartError

MOST_CALLS = 20_000
"""The calls of torch that it may take to make or to run one module: about a second, or 200 layers of attention."""


class TooManyCallsError(PartError):
    """A module calls torch too often, on any device."""


class Bounded(TorchFunctionMode):
    """Counts the calls of torch, and raises TooManyCallsError at one too many."""

    def __init__(self) -> None:
        super().__init__()
        self._left = MOST_CALLS

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call the function, and count it."""
        self._left -= 1
        if self._left < 0:
            raise TooManyCallsError(
                f"takes more than {MOST_CALLS:,} calls of torch; make it smaller, or describe it by its parts"
            )
        return func(*args, **(kwargs or {}))
