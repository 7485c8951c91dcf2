"""The moves on bit vectors: what they keep, what they change, and that every vector can be reached."""

from random import Random

from fgspace_ea.backbone_nas import flip, insert, move, remove, remove_one, swap
from hypothesis import assume, given
from hypothesis import strategies as st

vectors = st.lists(st.integers(0, 1), min_size=1, max_size=40)
seeds = st.integers(0, 2**32)
reaches = st.integers(1, 50)


@given(vectors, seeds, reaches)
def test_a_move_of_a_vector_with_fixed_ones_keeps_its_length_and_its_ones(bits, seed, reach):
    moved = move(bits, Random(seed), reach, fixed_ones=True)
    assert (len(moved), sum(moved)) == (len(bits), sum(bits))


@given(vectors, seeds, reaches)
def test_a_move_of_a_vector_with_fixed_ones_changes_it_wherever_there_is_another(bits, seed, reach):
    assert (move(bits, Random(seed), reach, fixed_ones=True) != bits) == (0 < sum(bits) < len(bits))


@given(vectors, seeds, reaches)
def test_a_move_of_a_free_vector_keeps_its_length_and_always_changes_it(bits, seed, reach):
    moved = move(bits, Random(seed), reach, fixed_ones=False)
    assert len(moved) == len(bits)
    assert moved != bits


@given(vectors, seeds, reaches)
def test_a_move_of_a_free_vector_changes_its_ones_by_one_at_most(bits, seed, reach):
    assert abs(sum(move(bits, Random(seed), reach, fixed_ones=False)) - sum(bits)) <= 1


@given(vectors, seeds, reaches)
def test_moves_leave_their_argument_alone(bits, seed, reach):
    before = list(bits)
    move(bits, Random(seed), reach, fixed_ones=True)
    move(bits, Random(seed), reach, fixed_ones=False)
    flip(bits, Random(seed))
    assert bits == before


@given(vectors, seeds, reaches)
def test_a_swap_exchanges_one_zero_and_one_one_within_reach(bits, seed, reach):
    assume(0 < sum(bits) < len(bits))
    swapped = swap(bits, Random(seed), reach)
    first, second = (place for place, pair in enumerate(zip(bits, swapped, strict=True)) if pair[0] != pair[1])
    assert second - first <= reach
    assert (swapped[first], swapped[second]) == (bits[second], bits[first])


@given(st.integers(1, 40), st.integers(0, 1), seeds, reaches)
def test_a_swap_of_a_vector_without_two_kinds_of_bits_returns_it(length, bit, seed, reach):
    assert swap([bit] * length, Random(seed), reach) == [bit] * length


@given(vectors, st.integers(0, 1), seeds)
def test_inserting_adds_one_element_and_removing_takes_one_away(bits, bit, seed):
    longer = insert(bits, bit, Random(seed))
    assert (len(longer), sum(longer)) == (len(bits) + 1, sum(bits) + bit)
    assert len(remove(longer, Random(seed))) == len(bits)


@given(vectors, seeds)
def test_removing_a_one_takes_one_element_and_one_one_away(bits, seed):
    assume(sum(bits))
    shorter = remove_one(bits, Random(seed))
    assert (len(shorter), sum(shorter)) == (len(bits) - 1, sum(bits) - 1)


@given(vectors, seeds)
def test_a_flip_changes_exactly_one_bit(bits, seed):
    assert sum(old != new for old, new in zip(bits, flip(bits, Random(seed)), strict=True)) == 1


def test_moves_reach_every_vector_with_the_same_number_of_ones():
    reached = walk([1, 1, 1, 0, 0, 0, 0, 0], fixed_ones=True)
    assert len(reached) == 56


def test_moves_reach_every_vector_where_the_number_of_ones_is_free():
    assert len(walk([0] * 6, fixed_ones=False)) == 2**6


def walk(bits, fixed_ones):
    """Return the vectors that 5,000 moves in a row, each no further than one place, come by."""
    rng, reached = Random(0), {tuple(bits)}
    for _ in range(5_000):
        bits = move(bits, rng, 1, fixed_ones)
        reached.add(tuple(bits))
    return reached
