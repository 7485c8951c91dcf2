"""Mutation and crossover gene by gene: every gene is reached, nothing leaves the space, both children are whole."""

from collections import Counter
from itertools import pairwise
from random import Random
from statistics import mean

import fgspace
import pytest
from fgspace import Choice, Float, Int, Vector
from fgspace.spaces.domains import Tokens, bits
from fgspace.testing.problems import SPACES, small_space
from fgspace_ea.variation import crossed, genes, mutated, repaired, two_point
from hypothesis import given
from hypothesis import strategies as st

seeds = st.integers(0, 2**32)


def of(**domains):
    """Return a space of these hyper-parameters."""
    return fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": domains})


CODE = of(**{f"mask{index}": {"bits": 16 * 2 ** (index // 4)} for index in range(12)}, stem={"bits": 16})
LONG = of(code={"bits": 464})
MASKS = of(**{f"mask{index}": {"bits": 4, "at_least": 1} for index in range(4)}, two={"bits": 5, "at_least": 2})
FIXED = of(where={"bits": 8, "ones": 3}, nested={"vector": {"vector": {"int": [1, 9]}, "length": 2}, "length": 3})


@pytest.mark.parametrize(
    ("domain", "count"),
    [
        (Choice((3, 5, 7)), 1),
        (Choice((3,)), 0),
        (Int(1, 9), 1),
        (Float(0, 1), 1),
        (bits(464), 464),
        (bits(8, 3), 3),
        (bits(8, 6), 2),
        (bits(8, at_least=1), 8),
        (Vector(Vector(Int(1, 9), 4), 3), 12),
        (Tokens((3, 1, 5, 2)), 3),
    ],
)
def test_a_value_has_a_gene_for_everything_that_may_move_by_itself(domain, count):
    assert genes(domain) == count


@pytest.mark.parametrize("space", [LONG, CODE], ids=["one vector", "thirteen masks"])
def test_mutation_reaches_every_gene_and_each_equally_often(space):
    rng, flips = Random(0), Counter()
    start, rounds = space.encode(space.initial), 6000
    for _ in range(rounds):
        moved = space.encode(mutated(space, space.initial, None, rng))
        flips.update(index for index, pair in enumerate(zip(start, moved, strict=True)) if pair[0] != pair[1])
    count = len(start)
    assert set(flips) == set(range(count))
    assert flips.total() == pytest.approx(rounds, rel=0.05)
    assert max(flips.values()) < 3.5 * rounds / count


@pytest.mark.parametrize("space", [LONG, CODE], ids=["one vector", "thirteen masks"])
def test_crossover_exchanges_every_gene_the_first_and_the_last_included(space):
    rng, low = Random(0), space.initial
    high = {path: [1] * len(value) for path, value in low.items()}
    exchanged = set()
    for _ in range(2000):
        first, _ = two_point(space, low, high, rng)
        exchanged.update(index for index, bit in enumerate(space.encode(first)) if bit)
    assert exchanged == set(range(len(space.range_table)))


def test_two_cuts_may_lie_inside_one_vector():
    rng, length = Random(0), 464
    low, high = {"code": [0] * length}, {"code": [1] * length}
    starts, ends = [], []
    for _ in range(500):
        child, sibling = (point["code"] for point in two_point(LONG, low, high, rng))
        assert sibling == [1 - bit for bit in child]
        starts.append(child.index(1))
        ends.append(starts[-1] + sum(child))
        assert child == [0] * starts[-1] + [1] * sum(child) + [0] * (length - ends[-1])
    # The smaller and the larger of two uniform draws.
    assert mean(starts) == pytest.approx(length / 3, rel=0.15)
    assert mean(ends) == pytest.approx(2 * length / 3, rel=0.1)


@given(seeds)
def test_the_two_children_share_out_the_genes_of_their_parents_about_two_cuts(seed):
    rng = Random(seed)
    first, second = CODE.sample(rng), CODE.sample(rng)
    codes = [CODE.encode(point) for point in (first, second, *two_point(CODE, first, second, rng))]
    sides = []
    for one, other, child, sibling in zip(*codes, strict=True):
        assert Counter((one, other)) == Counter((child, sibling))
        if one != other:
            sides.append(child == one)
    assert sum(before != after for before, after in pairwise(sides)) <= 2


def fits(space, point):
    """Return whether it is a point; children may be forbidden ones, which are never fresh and so are not proposed."""
    return space.misfit(point) is None or space.forbids(point)


@pytest.mark.parametrize("space", [*map(small_space, SPACES), MASKS, FIXED])
@given(seed=seeds, rate=st.one_of(st.none(), st.floats(0.001, 1)))
def test_children_are_points_of_the_space_and_leave_their_parents_alone(space, seed, rate):
    rng = Random(seed)
    first, second = space.sample(rng), space.sample(rng)
    before = repr((first, second))
    for child in two_point(space, first, second, rng):
        assert fits(space, child)
        assert fits(space, mutated(space, child, rate, rng))
    assert fits(space, crossed(space, first, second, rng))
    assert repr((first, second)) == before


@given(seeds)
def test_mixing_takes_each_gene_from_a_parent_and_now_and_then_whole_masks(seed):
    rng = Random(seed)
    first, second = CODE.sample(rng), CODE.sample(rng)
    children = [crossed(CODE, first, second, rng) for _ in range(20)]
    for child in children:
        genes = zip(*(CODE.encode(point) for point in (first, second, child)), strict=True)
        assert all(gene in (one, other) for one, other, gene in genes)
    whole = [all(child[path] in (first[path], second[path]) for path in child) for child in children]
    assert any(whole)
    assert not all(whole)


@pytest.mark.parametrize("space", [CODE, of(left={"bits": 40}, right={"bits": 40})], ids=["13 vectors", "two vectors"])
def test_half_of_the_mixtures_take_every_vector_whole_and_half_of_these_from_each_parent(space):
    rng = Random(0)
    first, second = space.sample(rng), space.sample(rng)
    children = [crossed(space, first, second, rng) for _ in range(1000)]
    whole = [child for child in children if all(child[path] in (first[path], second[path]) for path in child)]
    assert len(whole) == pytest.approx(500, abs=60)
    from_first = [child[path] == first[path] for child in whole for path in child]
    assert mean(from_first) == pytest.approx(0.5, abs=0.06)


def test_a_single_vector_is_always_mixed():
    rng = Random(0)
    first, second = LONG.sample(rng), LONG.sample(rng)
    assert all(crossed(LONG, first, second, rng) not in (first, second) for _ in range(50))


@given(seeds)
def test_a_child_has_no_value_that_neither_parent_has_where_one_of_them_has_that_hyper_parameter(seed):
    rng, space = Random(seed), small_space("conditional")
    first, second = space.sample(rng), space.sample(rng)
    for child in (*two_point(space, first, second, rng), crossed(space, first, second, rng)):
        for path in child:
            theirs = [parent[path] for parent in (first, second) if path in parent]
            assert child[path] in theirs or not theirs


@given(seeds)
def test_at_a_rate_of_one_every_gene_moves(seed):
    rng = Random(seed)
    point = FIXED.sample(rng)
    moved = mutated(FIXED, point, 1.0, rng)
    for row, its in zip(point["nested"], moved["nested"], strict=True):
        assert all(old != new for old, new in zip(row, its, strict=True))


def test_a_point_of_a_single_gene_always_moves():
    space, rng = of(alone={"int": [0, 9]}, fixed={"choice": [3]}), Random(0)
    assert all(mutated(space, space.initial, None, rng) != space.initial for _ in range(50))


def test_bits_that_lost_their_ones_have_the_first_of_them_set():
    domain = bits(4, at_least=2)
    assert repaired(domain, [0, 0, 0, 0]) == [1, 1, 0, 0]
    assert repaired(domain, [1, 0, 0, 0]) == [1, 1, 0, 0]
    assert repaired(domain, [0, 0, 0, 1]) == [1, 0, 0, 1]
    assert repaired(domain, [0, 1, 0, 1]) == [0, 1, 0, 1]
    assert repaired(bits(4), [0, 0, 0, 0]) == [0, 0, 0, 0]


def test_mutation_reaches_every_point_of_a_conditional_space():
    space = of(
        where={"bits": 3}, net={"choice": [{"type": "ResNet", "depth": {"choice": [20, 32]}}, {"type": "Identity"}]}
    )
    rng, point, reached = Random(0), space.initial, set()
    for _ in range(3000):
        point = mutated(space, point, None, rng)
        reached.add(space.key(point))
    assert len(reached) == space.size
