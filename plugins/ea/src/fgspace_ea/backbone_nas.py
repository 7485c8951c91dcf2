"""BackboneNas: evolve the places where a backbone doubles its channels and halves its resolution.

After the algorithm of the same name in Vega (Huawei Noah's Ark Lab), which has no paper of its own.
"""

from random import Random

from fgspace import Algorithm, Domain, Exhausted, Objectives, Point, Space, Trial, Vector

from fgspace_ea.variation import repaired

Bits = list[int]


class BackboneNasSearch(Algorithm):
    """Evolution from the Pareto front by small changes of bit vectors.

    The first point is the initial point of the space. Points are drawn at random until `min_sample` trials are told,
    and with probability `random_ratio` after that. Every other point is a mutation of a parent, which is drawn from the
    current Pareto front with equal probability for each member:

    - in every bit vector, one element is inserted, one is removed, and a one is swapped with a zero that is at most
      `num_mutate // 2` places away; a vector with a fixed number of ones keeps that number;
    - each of the n other hyper-parameters is mutated with probability 1 / n, by the mutation of its domain.

    No point is proposed twice. A trial that was stopped early is never on the front, so it is never a parent.

    Args:
        space: the space to search.
        objectives: the objectives of the Pareto front.
        seed: the seed of all randomness.
        num_mutate: twice the largest distance of a swap, in places.
        random_ratio: the share of points drawn at random, 0 to 1.
        min_sample: the number of trials told before the first parent is drawn.
        max_sample: the total number of points proposed; without it, the budget of the study decides.

    Raises:
        ValueError: an option is out of its range.
    """

    makes_plain_points = True

    def __init__(
        self,
        space: Space,
        objectives: Objectives,
        *,
        seed: int = 0,
        num_mutate: int = 10,
        random_ratio: float = 0.2,
        min_sample: int = 10,
        max_sample: int | None = None,
    ) -> None:
        super().__init__(space, objectives, seed=seed)
        _check(num_mutate, random_ratio, min_sample, max_sample)
        self.reach = num_mutate // 2
        self.random_ratio = random_ratio
        self.min_sample = min_sample
        self.max_sample = max_sample
        self._told = 0
        self._front: list[Trial] = []

    def propose(self, rng: Random) -> Point:
        """Return the initial point, then random points and mutations of parents on the front."""
        if self.max_sample is not None and self._told + len(self.pending) >= self.max_sample:
            raise Exhausted
        if self.is_fresh(self.space.initial):
            self.because("initial")
            return dict(self.space.initial)
        return self.fresh(lambda: self._draw(rng))

    def learn(self, trial: Trial, rng: Random) -> None:
        """Update the front of the trials told so far."""
        self._told += 1
        self._front = self.objectives.front([*self._front, trial])

    def _draw(self, rng: Random) -> Point:
        if self._told < self.min_sample or not self._front or rng.random() < self.random_ratio:
            self.because("sample")
            return self.space.sample(rng)
        parent = rng.choice(self._front)
        self.because("move", [parent])
        return move_point(self.space, parent.point, rng, self.reach)


def move_point(space: Space, point: Point, rng: Random, reach: int) -> Point:
    """Mutate every active bit vector, and on average one of the other hyper-parameters."""
    movable = [path for path, domain in space.active(point).items() if domain.size > 1 and not _bits(domain)]
    moved = point
    for path in [path for path in movable if rng.random() * len(movable) < 1]:
        if path in moved:
            moved = space.mutate(moved, rng, path)
    vectors = {path: vector for path, domain in space.active(moved).items() if (vector := _bits(domain))}
    return moved | {
        path: repaired(vector, move(moved[path], rng, reach, vector.ones is not None))
        for path, vector in vectors.items()
    }


def _check(num_mutate: int, random_ratio: float, min_sample: int, max_sample: int | None) -> None:
    if num_mutate < 2:
        raise ValueError(f"num_mutate must be at least 2, got {num_mutate}; a swap reaches num_mutate // 2 places")
    if not 0 <= random_ratio <= 1:
        raise ValueError(f"random_ratio must be between 0 and 1, got {random_ratio}")
    if min_sample < 0:
        raise ValueError(f"min_sample must be at least 0, got {min_sample}")
    if max_sample is not None and max_sample < 1:
        raise ValueError(f"max_sample must be at least 1, got {max_sample}")
    if max_sample is not None and max_sample < min_sample:
        raise ValueError(f"max_sample must be at least min_sample, which is {min_sample}; got {max_sample}")


def _bits(domain: Domain) -> Vector | None:
    return domain if isinstance(domain, Vector) and domain.is_binary else None


def move(bits: Bits, rng: Random, reach: int, fixed_ones: bool) -> Bits:
    """Insert an element, remove an element, then swap a one and a zero at most `reach` places apart.

    The length stays the same, and with `fixed_ones` so does the number of ones. The result differs from `bits`, except
    where `fixed_ones` allows no other vector: all bits are ones, or none is.
    """
    moved = swap(_shift(bits, rng, fixed_ones), rng, reach)
    if moved != bits:
        return moved
    if 0 < sum(bits) < len(bits):
        return swap(bits, rng, reach)
    return bits if fixed_ones else flip(bits, rng)


def _shift(bits: Bits, rng: Random, fixed_ones: bool) -> Bits:
    if fixed_ones:
        return remove_one(insert(bits, 1, rng), rng)
    return remove(insert(bits, rng.randrange(2), rng), rng)


def insert(bits: Bits, bit: int, rng: Random) -> Bits:
    """Insert a bit at a random place, which may be the end."""
    place = rng.randrange(len(bits) + 1)
    return [*bits[:place], bit, *bits[place:]]


def remove(bits: Bits, rng: Random) -> Bits:
    """Remove a random element."""
    return _without(bits, rng.randrange(len(bits)))


def remove_one(bits: Bits, rng: Random) -> Bits:
    """Remove a random bit that is one; the vector must have at least one."""
    return _without(bits, rng.choice([place for place, bit in enumerate(bits) if bit]))


def swap(bits: Bits, rng: Random, reach: int) -> Bits:
    """Swap a random zero with a random one that is at most `reach` places away.

    A vector whose bits are all equal is returned unchanged; every other vector changes.
    """
    zeros = [place for place, bit in enumerate(bits) if not bit and _ones_near(bits, place, reach)]
    if not zeros:
        return bits
    zero = rng.choice(zeros)
    one = rng.choice(_ones_near(bits, zero, reach))
    swapped = list(bits)
    swapped[zero], swapped[one] = 1, 0
    return swapped


def flip(bits: Bits, rng: Random) -> Bits:
    """Flip one random bit."""
    place = rng.randrange(len(bits))
    return [*bits[:place], 1 - bits[place], *bits[place + 1 :]]


def _ones_near(bits: Bits, place: int, reach: int) -> list[int]:
    return [near for near in range(max(0, place - reach), min(len(bits), place + reach + 1)) if bits[near]]


def _without(bits: Bits, place: int) -> Bits:
    return bits[:place] + bits[place + 1 :]
