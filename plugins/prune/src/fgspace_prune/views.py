"""Compares the shapes of the views that a small model makes with those that it should have."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from fgspace_prune.attention import attending
from fgspace_prune.groups import Expected
from fgspace_prune.layout import divided, viewed
from fgspace_prune.rules import RULES


class Views(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Compares the shape of every view, and of the first part of every split, in order, with the expected shape.

    `first_odd` is the number of the first that differs, None while none does, and `seen` the number of those that were
    made. A difference alone is no error: the views that torch breaks an operation down into may depend on sizes.

    Args:
        expected: the shapes that the plan expects.
        kept: the channels that the small model has.
        at_odd: is called with the shape and the expected one when the first that differs is made.
    """

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Return whether torch must import its compiler to keep this code out of it: that takes over a second."""
        return False

    def __init__(
        self,
        expected: Sequence[Expected],
        kept: np.ndarray,
        at_odd: Callable[[tuple[int, ...], tuple[int, ...]], None] = lambda shape, expected: None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.first_odd: int | None = None
        self.seen = 0
        self._expected = expected
        self._kept = kept
        self._at_odd = at_odd

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run the operation, and remember the first view whose shape is not the expected one."""
        result = func(*args, **(kwargs or {}))
        name = func._schema.name.split("::")[1].removesuffix("_")
        if RULES.get(name) in (viewed, divided) and func._overloadname != "dtype" and not attending():
            made = result if isinstance(result, Tensor) else result[0]
            if self.seen < len(self._expected) and self.first_odd is None:
                shape = smaller(self._expected[self.seen], self._kept)
                if shape != tuple(made.shape):
                    self.first_odd = self.seen
                    self._at_odd(tuple(made.shape), shape)
            self.seen += 1
        return result


def smaller(expected: Expected, kept: np.ndarray) -> tuple[int, ...]:
    """Return the shape of a view in the model that has only these channels."""
    shape = list(expected.shape)
    for dims, classes in expected.lines:
        alive = kept[classes]
        for position, dim in enumerate(dims):
            others = tuple(p for p in range(len(dims)) if p != position)
            shape[dim] = int(alive.any(axis=others).sum())
    return tuple(shape)
