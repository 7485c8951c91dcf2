"""Domains, value by value: which they hold, what moves where and how often, what crossing keeps, what is refused."""

import math
from collections import Counter
from random import Random
from statistics import mean, pstdev

import pytest
from fgspace.spaces.domains import Choice, Domain, Float, Int, Tokens, Vector, bits, in_words

TOKENS = Tokens((3, 1, 4))


def drawn(draw, times=3000):
    """Return value → share of so many draws, the values as tuples where they are lists."""
    rng = Random(0)
    counts = Counter(tuple(value) if isinstance(value := draw(rng), list) else value for _ in range(times))
    return {value: count / times for value, count in counts.items()}


def even(*values):
    return pytest.approx(dict.fromkeys(values, 1 / len(values)), abs=0.04)


@pytest.mark.parametrize(
    ("domain", "held", "not_held"),
    [
        (Choice((3, "x", [1, 2])), [3, "x", [1, 2]], [4, "y", [1], [2, 1], None]),
        (Int(-2, 4), [-2, 0, 4], [-3, 5, 1.0, 1.5, True, "1", None]),
        (Int(1, 10, 3), [1, 4, 10], [2, 3, 9, 11, 13, -2]),
        (Float(-1, 2), [-1, -1.0, 0, 0.5, 2], [-1.001, 2.001, True, "1", None, math.nan]),
        (TOKENS, [[0, 0, 0], [2, 0, 3]], [[3, 0, 0], [0, 1, 0], [0, 0, 4], [-1, 0, 0], [0, 0], [0] * 4, [True, 0, 0]]),
        (TOKENS, [[1, 0, 1]], [[1.0, 0, 1], (1, 0, 1), "100", None]),
        (bits(3), [[0, 0, 0], [1, 1, 1]], [[0, 0], [0, 0, 0, 0], [0, 0, 2], (0, 0, 0), [True, 0, 0], 7]),
        (bits(3, 1), [[0, 1, 0]], [[0, 0, 0], [0, 1, 1]]),
        (bits(3, 0), [[0, 0, 0]], [[0, 1, 0]]),
        (bits(3, at_least=2), [[0, 1, 1], [1, 1, 1]], [[0, 0, 1], [0, 0, 0]]),
        (Vector(Int(2, 4), 2), [[2, 4]], [[2], [2, 5], [1, 4]]),
    ],
)
def test_a_domain_holds_its_values_and_no_others(domain, held, not_held):
    assert [value for value in (*held, *not_held) if domain.contains(value)] == held


@pytest.mark.parametrize(
    ("domain", "size", "initial", "range_table"),
    [
        (Choice((3, "x")), 2, 3, [2]),
        (Int(2, 9), 8, 2, [8]),
        (Int(2, 9, 3), 3, 2, [3]),
        (Int(2, 8, 3), 3, 2, [3]),
        (Int(2, 7, 3), 2, 2, [2]),
        (Float(1.5, 1.5), 1, 1.5, [1]),
        (TOKENS, 12, [0, 0, 0], [3, 1, 4]),
        (bits(5), 32, [0] * 5, [2] * 5),
        (bits(5, 2), 10, [1, 1, 0, 0, 0], [2] * 5),
        (bits(5, at_least=3), 16, [1] * 5, [2] * 5),
        (bits(5, at_least=5), 1, [1] * 5, [2] * 5),
        (Vector(Int(2, 4), 3), 27, [2, 2, 2], [3, 3, 3]),
    ],
)
def test_the_size_start_and_tokens_of_a_domain(domain, size, initial, range_table):
    assert isinstance(domain, Domain)
    assert (domain.size, domain.initial, domain.range_table) == (size, initial, range_table)
    assert len(list(domain.enumerate())) == size


@pytest.mark.parametrize(
    ("domain", "values"),
    [
        (Choice((3, 5, 7)), (3, 5, 7)),
        (Int(-1, 3), (-1, 0, 1, 2, 3)),
        (Int(1, 6, 2), (1, 3, 5)),
        (Tokens((3, 1, 2)), [(one, 0, other) for one in range(3) for other in range(2)]),
        (bits(2), [(0, 0), (0, 1), (1, 0), (1, 1)]),
        (bits(3, 2), [(0, 1, 1), (1, 0, 1), (1, 1, 0)]),
        (bits(3, at_least=2), [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 1, 1)]),
        (Vector(Choice(("x", "y")), 1), [("x",), ("y",)]),
    ],
)
def test_each_value_is_drawn_equally_often(domain, values):
    assert drawn(domain.sample) == even(*values)


@pytest.mark.parametrize(
    ("domain", "value", "moved"),
    [
        (Choice((3, 5, 7)), 3, [5, 7]),
        (Choice((3, 5, 7)), 5, [3, 7]),
        (Choice((3, 5, 7)), 7, [3, 5]),
        (Int(4, 5), 4, [5]),
        (Int(4, 9, 5), 9, [4]),
        (Int(4, 8, 2), 6, [4, 8]),
        (Tokens((3, 1, 2)), [1, 0, 0], [(0, 0, 0), (2, 0, 0), (1, 0, 1), (1, 0, 1)]),
        (Tokens((1, 1)), [0, 0], [(0, 0)]),
        (bits(3), [0, 1, 0], [(1, 1, 0), (0, 0, 0), (0, 1, 1)]),
        (bits(3, 1), [0, 1, 0], [(1, 0, 0), (0, 0, 1)]),
        (bits(4, at_least=2), [1, 1, 0, 0], [(1, 1, 1, 0), (1, 1, 0, 1)]),
        (bits(4, at_least=2), [1, 1, 1, 0], [(0, 1, 1, 0), (1, 0, 1, 0), (1, 1, 0, 0), (1, 1, 1, 1)]),
        (Vector(Int(2, 3), 2), [2, 3], [(3, 3), (2, 2)]),
    ],
)
def test_a_mutation_takes_each_next_value_equally_often(domain, value, moved):
    before = list(value) if isinstance(value, list) else value
    expected = {one: moved.count(one) / len(moved) for one in moved}
    assert drawn(lambda rng: domain.mutate(value, rng)) == pytest.approx(expected, abs=0.04)
    assert value == before


@pytest.mark.parametrize(
    ("domain", "whole"), [(Int(0, 1000), 1000), (Int(0, 3000, 3), 3000), (Float(0, 1), 1), (Float(-50, 50), 100)]
)
def test_a_mutation_of_a_range_moves_by_a_fifth_of_it(domain, whole):
    rng, middle = Random(0), domain.low + whole / 2
    moves = [(domain.mutate(middle, rng) - middle) / whole for _ in range(3000)]
    assert abs(mean(moves)) < 0.015
    # The deviation of a normal distribution of 0.2 cut off at 0.5 is 0.191.
    assert pstdev(moves) == pytest.approx(0.191, abs=0.01)


def test_a_mutation_of_a_short_range_is_a_normal_step_of_deviation_one():
    # Shares of 0.5 to 1.5, to 2.5 and to 3.5 deviations above the mean, of what lies between 0.5 and 3.5.
    shares = {1: 0.784, 2: 0.196, 3: 0.019}
    assert drawn(lambda rng: Int(0, 3).mutate(0, rng)) == pytest.approx(shares, abs=0.02)
    assert drawn(lambda rng: Int(5, 7).mutate(7, rng)) == pytest.approx({6: 0.8, 5: 0.2}, abs=0.02)


def test_a_mutation_on_a_logarithmic_scale_moves_by_a_share_of_that_scale():
    rng, domain = Random(0), Float(1e-4, 1, log=True)
    moves = [math.log10(domain.mutate(0.01, rng)) + 2 for _ in range(3000)]
    assert pstdev(moves) == pytest.approx(4 * 0.191, abs=0.04)


@pytest.mark.parametrize("domain", [Float(2, 10), Float(1e-4, 100, log=True), Float(-3, -1)])
def test_a_share_of_a_float_domain_is_undone(domain):
    assert (domain.at_share(0), domain.at_share(1)) == pytest.approx((domain.low, domain.high))
    assert (domain.share(domain.low), domain.share(domain.high)) == (0, 1)
    for share in (0.1, 0.5, 0.75):
        assert domain.low < domain.at_share(share) < domain.high
        assert domain.share(domain.at_share(share)) == pytest.approx(share)


def test_the_middle_of_a_float_domain_is_that_of_its_scale():
    assert Float(2, 10).at_share(0.5) == 6
    assert Float(0.01, 100, log=True).at_share(0.5) == pytest.approx(1)
    assert Float(2, 2).share(2) == 0
    assert Float(2, 2).mutate(2.0, Random(0)) == 2


def test_the_tokens_of_floats_count_the_doubles_from_low_across_zero():
    tiny = math.ulp(0.0)
    domain = Float(-2 * tiny, 3 * tiny)
    values = [-2 * tiny, -tiny, 0.0, tiny, 2 * tiny, 3 * tiny]
    assert domain.range_table == [6]
    assert [domain.encode(value) for value in values] == [[token] for token in range(6)]
    assert [domain.decode([token]) for token in range(6)] == values
    far = Float(-1, 1)
    assert far.encode(math.nextafter(-1, 0)) == [1]
    assert far.decode([1]) == math.nextafter(-1, 0)
    assert far.encode(1) == [far.range_table[0] - 1]


def test_an_int_domain_of_more_values_than_a_double_tells_apart_draws_them_all():
    values = [Int(0, 2**60).sample(Random(seed)) for seed in range(40)]
    assert {value % 4 for value in values} == {0, 1, 2, 3}
    assert max(values) > 2**59 > min(values)


@pytest.mark.parametrize(
    ("domain", "first", "second", "crossed"),
    [
        (Choice((3, 5, 7)), 3, 7, [3, 7]),
        (Int(0, 9), 2, 8, [2, 8]),
        (Float(0, 9), 2.0, 8.5, [2.0, 8.5]),
        (TOKENS, [2, 0, 1], [0, 0, 1], [(2, 0, 1), (0, 0, 1)]),
        (bits(2), [0, 1], [1, 0], [(0, 0), (0, 1), (1, 0), (1, 1)]),
        (bits(4, 2), [1, 1, 0, 0], [1, 0, 1, 0], [(1, 1, 0, 0), (1, 0, 1, 0)]),
        (bits(3, at_least=2), [1, 1, 1], [1, 1, 1], [(1, 1, 1)]),
        # Half of the mixtures of the last two bits keep enough ones; (1, 0, 0) gets back what the first parent had.
        (bits(3, at_least=2), [1, 1, 0], [1, 0, 1], [(1, 1, 0), (1, 1, 0), (1, 0, 1), (1, 1, 1)]),
        (Vector(Choice((2, 4)), 2), [2, 2], [2, 4], [(2, 2), (2, 4)]),
    ],
)
def test_crossing_takes_of_each_parent_equally_often(domain, first, second, crossed):
    expected = {one: crossed.count(one) / len(crossed) for one in crossed}
    assert drawn(lambda rng: domain.crossover(first, second, rng)) == pytest.approx(expected, abs=0.04)


def test_crossing_bits_gives_back_just_as_many_ones_as_are_missing():
    domain = bits(8, at_least=4)
    children = drawn(lambda rng: domain.crossover([1, 1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1], rng))
    assert {sum(child) for child in children} == {4, 5, 6, 7, 8}
    # Of the 2^8 mixtures, 163 have at most four ones, and each of those is filled up to four.
    assert sum(share for child, share in children.items() if sum(child) == 4) == pytest.approx(163 / 256, abs=0.04)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Tokens(()), "tokens: needs at least one token"),
        (lambda: Tokens((2, 0)), "tokens: the range of token 1 must be at least 1, got 0"),
        (lambda: TOKENS.decode([0, 0]), "expected 3 tokens, got 2"),
        (lambda: TOKENS.decode([0, 1, 0]), "token 1 must be at least 0 and below 1, got 1"),
        (lambda: TOKENS.decode([0, 0, -1]), "token 2 must be at least 0 and below 4, got -1"),
        (lambda: Choice((3, 5)).decode([2]), "token 0 must be at least 0 and below 2, got 2"),
        (lambda: Int(1, 5, 2).decode([3]), "token 0 must be at least 0 and below 3, got 3"),
        (lambda: Vector(Int(2, 4), 0), "vector: length must be at least 1, got 0"),
        (
            lambda: Vector(Int(0, 2), 3, at_least=1),
            "vector: at_least needs elements of int [0, 1], and cannot stand beside ones",
        ),
        (lambda: bits(3, -1), "bits: ones must be at least 0 and at most 3, got -1"),
        (lambda: bits(3, at_least=-1), "bits: at_least must be at least 0 and at most 3, got -1"),
        (lambda: Float(-math.inf, 0), "float: low and high must be finite, got -inf and 0.0"),
        (lambda: Float(-1, 1, log=True), "float: low must be above 0 where log is true, got -1.0"),
    ],
)
def test_what_no_domain_allows_is_refused(make, message):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the whole message is asserted below
        make()
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("domain", "written"),
    [
        (Choice((3, [1])), {"choice": [3, [1]]}),
        (Int(1, 5), {"int": [1, 5]}),
        (Int(1, 5, 2), {"int": [1, 5, 2]}),
        (Float(1, 2), {"float": [1.0, 2.0]}),
        (Float(1, 2, log=True), {"float": [1.0, 2.0], "log": True}),
        (TOKENS, {"tokens": [3, 1, 4]}),
        (bits(3), {"bits": 3}),
        (bits(3, 0), {"bits": 3, "ones": 0}),
        (bits(3, at_least=1), {"bits": 3, "at_least": 1}),
        (Vector(Int(0, 2), 3), {"vector": {"int": [0, 2]}, "length": 3}),
    ],
)
def test_a_domain_is_written_as_a_description_says_it(domain, written):
    assert domain.to_json() == written


def test_the_tokens_of_a_list_are_those_of_its_elements_one_after_the_other():
    assert TOKENS.encode([2, 0, 3]) == [2, 0, 3] == TOKENS.decode([2, 0, 3])
    assert Vector(Int(2, 8, 2), 3).encode([2, 8, 4]) == [0, 3, 1]
    assert Vector(Int(2, 8, 2), 3).decode([0, 3, 1]) == [2, 8, 4]
    nested = Vector(Vector(Int(5, 6), 2), 2)
    assert nested.encode([[5, 6], [6, 6]]) == [0, 1, 1, 1]
    assert nested.decode([0, 1, 1, 1]) == [[5, 6], [6, 6]]
    assert in_words(TOKENS) == "3 tokens"
    assert in_words(bits(4, 0)) == "4 bits with 0 ones"
    assert in_words(Int(1, 9, 1)) == "int [1, 9]"
