"""Follows which layer makes each tensor while a model runs, and how often each is read."""

from collections import Counter
from collections.abc import Iterable, Sequence

from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary


class Readings:
    """Numbers the tensors of a run, and counts how often each is read; one that is changed in place is a new one."""

    def __init__(self) -> None:
        self._numbers = WeakTensorKeyDictionary()
        self._makers: list[str | None] = []
        self.reads: Counter[int] = Counter()

    def make(self, tensors: Iterable[Tensor], maker: str | None) -> None:
        """Give tensors new numbers, made by the layer of this path if there is one of them."""
        tensors = list(tensors)
        for tensor in tensors:
            self._makers.append(maker if len(tensors) == 1 else None)
            self._numbers[tensor] = len(self._makers) - 1

    def numbers(self, tensors: Iterable[Tensor]) -> tuple[int, ...]:
        """Return the numbers of tensors; those that are not known get new ones."""
        tensors = list(tensors)
        for tensor in tensors:
            if tensor not in self._numbers:
                self.make([tensor], None)
        return tuple(self._numbers[tensor] for tensor in tensors)

    def read(self, tensors: Sequence[Tensor]) -> tuple[int, ...]:
        """Count that these tensors are read, and return their numbers."""
        numbers = self.numbers(tensors)
        self.reads.update(numbers)
        return numbers

    def maker_of(self, number: int | None) -> str | None:
        """Return the layer that made a tensor that is read once; None if there is none, or it is read several times."""
        return self._makers[number] if number is not None and self.reads[number] == 1 else None

    def maker_of_unread(self, number: int) -> str | None:
        """Return the layer that made a tensor that nothing reads; None if there is none, or it is read."""
        return None if self.reads[number] else self._makers[number]
