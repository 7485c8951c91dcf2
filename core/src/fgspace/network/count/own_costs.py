"""The costs of core: parameters, multiply-adds, bit operations, and the memory of activations."""

from collections.abc import Iterable

from fgspace.network.costs import Shape, is_many
from fgspace.network.count.counted import CountedNetwork
from fgspace.network.count.graph import Graph

_FLOAT_BITS = 32


class Params:
    """The number of learned parameters."""

    def __call__(self, network: CountedNetwork) -> float:
        """Return the cost of a network."""
        return network.costs["params"]


class Macs:
    """The multiply-adds of one input: those of convolutions, linear layers and matrix products."""

    def __call__(self, network: CountedNetwork) -> float:
        """Return the cost of a network."""
        return network.costs["macs"]


class Bops:
    """The bit operations of one input: multiply-adds times the bits of weights and of activations, 32 where float."""

    def __call__(self, network: CountedNetwork) -> float:
        """Return the cost of a network."""
        return network.costs.get("bops", network.costs["macs"] * _FLOAT_BITS**2)


class PeakMemory:
    """The bytes of activations that are held at the same time, at most, for one input.

    A step holds what it reads, what it makes, and what later steps read. Steps that do not depend on each other run in
    the order that needs least, as far as a search with that many states finds it; else in the given order.

    Args:
        bytes_per_value: 4 for float32, 1 for 8 bits.
        states: how many orders the search keeps at a time.
    """

    def __init__(self, bytes_per_value: int = 4, states: int = 64) -> None:
        if bytes_per_value < 1 or states < 1:
            raise ValueError(f"expected at least 1, got bytes_per_value {bytes_per_value} and states {states}")
        self.bytes_per_value, self.states = bytes_per_value, states

    def __call__(self, network: CountedNetwork) -> float:
        """Return the cost of a network."""
        return self.bytes_per_value * peak(network.graph.without_passes(), self.states)


def peak(graph: Graph, states: int) -> int:
    """Return the most values held at the same time in the best order that a beam search of that width finds.

    A state is the set of steps that have run, with the most values held so far and those held now; of equal sets the
    lowest is kept, and of all the `states` lowest. Sets are whole numbers, a bit a step.
    """
    used, sizes = graph.used(), [values(step.out_shape) for step in graph.steps]
    wanted = [index for index in range(len(graph.steps)) if used[index]]
    needs = {index: _bits(graph.steps[index].reads) for index in wanted}
    after_it: dict[int, list[int]] = {index: [] for index in wanted}
    for index in wanted:
        for read in set(graph.steps[index].reads):
            after_it[read].append(index)
    readers = {index: _bits(others) for index, others in after_it.items()}
    kept = {index for index in graph.outputs if used[index]}
    found: dict[int, tuple[int, int, frozenset[int]]] = {0: (0, 0, frozenset(i for i in wanted if not needs[i]))}
    for _ in wanted:
        after: dict[int, tuple[int, int, frozenset[int]]] = {}
        for done, (most, held, ready) in found.items():
            for index in ready:
                ran, now = done | 1 << index, held + sizes[index]
                dead = (read for read in set(graph.steps[index].reads) - kept if not readers[read] & ~ran)
                figures = max(most, now), now - sum(sizes[read] for read in dead)
                if ran not in after or figures < after[ran][:2]:
                    opened = {other for other in after_it[index] if not needs[other] & ~ran}
                    after[ran] = (*figures, (ready - {index}) | opened)
        found = dict(sorted(after.items(), key=lambda one: one[1][:2])[:states])
    return min((most for most, _, _ in found.values()), default=0)


def _bits(indices: Iterable[int]) -> int:
    return sum(1 << index for index in set(indices))


def values(shape: Shape) -> int:
    """Return the number of values in tensors of a shape."""
    if is_many(shape):
        return sum(map(values, shape))
    total = 1
    for size in shape:
        total *= size
    return total
