"""Finds the parameters and buffers of a model by the memory that tensors share with them."""

from collections.abc import Callable, Iterable

from torch import Tensor, nn
from torch.nn.parameter import is_lazy


class Parameters:
    """The parameters of a model, or its buffers, and which of them layers and operations have read.

    A view of a parameter, such as its transpose, counts as the parameter. Lazy layers have theirs when they have run.
    `named` returns name and tensor of each.
    """

    def __init__(self, model: nn.Module, named: Callable[[], Iterable[tuple[str, Tensor]]] | None = None) -> None:
        self._named = named or model.named_parameters
        self._names: dict[int, list[str]] = {}
        self._read: set[int] = set()
        self._used: set[int] = set()
        self._find()
        self._lazy = any(map(is_lazy, model.parameters()))

    def __contains__(self, tensor: Tensor) -> bool:
        return not is_lazy(tensor) and _memory(tensor) in self._names

    def first_read(self, tensors: Iterable[Tensor]) -> tuple[str, ...]:
        """Return the names of the parameters among these tensors that have not been read before."""
        if self._lazy:
            self._find()
        memories = dict.fromkeys(_memory(tensor) for tensor in tensors)
        new = [memory for memory in memories if memory in self._names and memory not in self._read]
        self._read.update(new)
        return tuple(name for memory in new for name in self._names[memory])

    def use(self, tensors: Iterable[Tensor]) -> None:
        """Remember that an operation reads these tensors."""
        self._used.update(map(_memory, tensors))

    def is_used(self, name: str) -> bool:
        """Return whether an operation reads a parameter."""
        return any(name in names for memory, names in self._names.items() if memory in self._used)

    def unread(self) -> tuple[str, ...]:
        """Return the names of the parameters that no layer, and no function that multiplies, has read."""
        return tuple(name for memory, names in self._names.items() if memory not in self._read for name in names)

    def _find(self) -> None:
        for name, parameter in self._named():
            if not is_lazy(parameter):
                names = self._names.setdefault(_memory(parameter), [])
                names.extend([] if name in names else [name])


def _memory(tensor: Tensor) -> int:
    """Return a number of the memory of a tensor: views of one tensor have the same."""
    memory: int = tensor.untyped_storage()._cdata
    return memory
