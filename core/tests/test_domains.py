"""Domains: every operation stays inside the domain, and encoding is lossless."""

import json
import math
from collections import Counter
from decimal import Decimal
from random import Random

import pytest
from fgspace.spaces.domains import Choice, Float, Int, Vector, bits, in_words
from fgspace.spaces.domains.syntax import read_domain
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32)


@st.composite
def bit_vectors(draw: st.DrawFn) -> Vector:
    length = draw(st.integers(1, 12))
    if draw(st.booleans()):
        return bits(length, at_least=draw(st.integers(0, length)))
    return bits(length, draw(st.none() | st.integers(0, length)))


@st.composite
def ints(draw: st.DrawFn) -> Int:
    low = draw(st.integers(-1000, 1000))
    return Int(low, low + draw(st.integers(0, 500)), draw(st.integers(1, 7)))


@st.composite
def log_ints(draw: st.DrawFn) -> Int:
    low = draw(st.integers(1, 10) | st.integers(1, 2**62))
    return Int(low, low + draw(st.integers(0, 5) | st.integers(0, 2**61)), log=True)


@st.composite
def decimals(draw: st.DrawFn) -> Float:
    """Draw numbers of a few decimal digits, as people write them: low, low + step, ..., high."""
    places = draw(st.integers(-2, 6))
    low, step, steps = draw(st.integers(-5000, 5000)), draw(st.integers(1, 700)), draw(st.integers(0, 400))
    return Float(
        *(float(f"{number}e{-places}") for number in (low, low + steps * step)), step=float(f"{step}e{-places}")
    )


@st.composite
def floats(draw: st.DrawFn) -> Float:
    log = draw(st.booleans())
    numbers = st.floats(1e-6 if log else -1e6, 1e6)
    low, high = sorted([draw(numbers), draw(numbers)])
    return Float(low, high, log)


choices = st.lists(
    st.integers(0, 9) | st.text(max_size=3) | st.lists(st.integers(0, 3), max_size=2), min_size=1, max_size=6
).map(lambda options: Choice(tuple(option for index, option in enumerate(options) if option not in options[:index])))
scalars = choices | ints() | log_ints() | floats() | decimals()
domains = scalars | bit_vectors() | st.builds(Vector, scalars, st.integers(1, 5))


@given(domains, SEEDS)
def test_every_operation_gives_a_value_of_the_domain(domain, seed):
    rng = Random(seed)
    first, second = domain.sample(rng), domain.sample(rng)
    assert domain.contains(domain.initial)
    for value in (first, second, domain.mutate(first, rng), domain.crossover(first, second, rng)):
        assert domain.contains(value)


@given(domains, SEEDS)
def test_a_mutation_moves_wherever_there_is_somewhere_to_go(domain, seed):
    rng = Random(seed)
    value = domain.sample(rng)
    assert (domain.mutate(value, rng) != value) == (domain.size > 1)


@given(domains, SEEDS)
def test_encoding_is_undone_by_decoding_and_keeps_to_the_range_table(domain, seed):
    value = domain.sample(Random(seed))
    tokens = domain.encode(value)
    assert len(tokens) == len(domain.range_table)
    assert all(0 <= token < bound for token, bound in zip(tokens, domain.range_table, strict=True))
    assert domain.decode(tokens) == value


@given(domains, SEEDS)
def test_the_same_generator_draws_the_same_values(domain, seed):
    assert domain.sample(Random(seed)) == domain.sample(Random(seed))


@given(domains.filter(lambda domain: domain.size <= 3000))
def test_a_domain_enumerates_exactly_its_values(domain):
    values = list(domain.enumerate())
    assert len(values) == domain.size
    assert len({repr(value) for value in values}) == domain.size
    assert all(map(domain.contains, values))


@given(bit_vectors(), SEEDS)
def test_bits_with_fixed_ones_keep_them(domain, seed):
    rng = Random(seed)
    first, second = domain.sample(rng), domain.sample(rng)
    if domain.ones is not None:
        assert sum(first) == sum(domain.mutate(first, rng)) == sum(domain.crossover(first, second, rng)) == domain.ones


def test_bits_with_at_least_some_ones_are_drawn_equally_often():
    rng = Random(0)
    drawn = Counter(tuple(bits(4, at_least=3).sample(rng)) for _ in range(5000))
    assert len(drawn) == 5 == bits(4, at_least=3).size
    assert all(900 < times < 1100 for times in drawn.values())


@given(decimals(), st.data())
def test_the_numbers_of_a_float_with_a_step_are_decimals_as_they_are_written(domain, data):
    index = data.draw(st.integers(0, domain.size - 1))
    exact = Decimal(repr(domain.low)) + index * Decimal(repr(domain.step))
    assert domain.decode([index]) == float(exact) == json.loads(json.dumps(domain.decode([index])))
    assert (domain.decode([0]), domain.decode([domain.size - 1])) == (domain.low, domain.high)


def reaches_high(domain):
    """Return whether the steps of integers reach high, as a file must write it."""
    return not isinstance(domain, Int) or (domain.high - domain.low) % domain.step == 0


@given(domains.filter(lambda domain: reaches_high(getattr(domain, "element", domain))))
def test_a_domain_is_read_back_as_it_is_written(domain):
    assert read_domain(json.loads(json.dumps(domain.to_json()))) == domain


@given(floats())
def test_the_ends_of_a_float_domain_have_the_first_and_last_token(domain):
    assert domain.encode(domain.low) == [0]
    assert domain.decode([domain.range_table[0] - 1]) == domain.high


def test_a_logarithmic_float_draws_each_decade_equally_often():
    rng = Random(0)
    decades = [math.floor(math.log10(Float(1e-4, 1.0, log=True).sample(rng))) for _ in range(4000)]
    assert all(900 < decades.count(decade) < 1100 for decade in (-4, -3, -2, -1))


def test_a_large_int_domain_mutates_near_more_often_than_far():
    rng = Random(0)
    moves = [abs(Int(0, 1000).mutate(500, rng) - 500) for _ in range(1000)]
    assert sum(move < 200 for move in moves) > 600


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda: Choice(()), "choice: needs at least one option", id="empty choice"),
        pytest.param(lambda: Choice((3, 5, 3)), "choice: option 3 is given twice", id="repeated option"),
        pytest.param(lambda: Int(64, 16), "int: low must not exceed high, got 64 > 16", id="empty int"),
        pytest.param(lambda: Int(1, 4, 0), "int: step must be at least 1, got 0", id="no step"),
        pytest.param(lambda: Float(2, 1), "float: low must not exceed high, got 2.0 > 1.0", id="empty float"),
        pytest.param(
            lambda: Float(0, 1, log=True), "float: low must be above 0 where log is true, got 0.0", id="log of zero"
        ),
        pytest.param(
            lambda: Float(0, math.inf), "float: low and high must be finite, got 0.0 and inf", id="infinite float"
        ),
        pytest.param(lambda: bits(0), "vector: length must be at least 1, got 0", id="no bits"),
        pytest.param(lambda: bits(4, 5), "bits: ones must be at least 0 and at most 4, got 5", id="too many ones"),
        pytest.param(
            lambda: bits(4, at_least=5),
            "bits: at_least must be at least 0 and at most 4, got 5",
            id="too many at least",
        ),
        pytest.param(
            lambda: Vector(Int(0, 1), 3, 1, 1),
            "vector: at_least needs elements of int [0, 1], and cannot stand beside ones",
            id="ones and at least",
        ),
        pytest.param(
            lambda: bits(3, at_least=2).decode([0, 1, 0]),
            "expected at least 2 ones, got 1",
            id="tokens with too few ones",
        ),
        pytest.param(
            lambda: Vector(Int(0, 2), 3, 1), "vector: ones needs elements of int [0, 1]", id="ones of something else"
        ),
        pytest.param(lambda: bits(3).decode([0, 2, 0]), "token 1 must be at least 0 and below 2, got 2", id="token"),
        pytest.param(lambda: bits(3).decode([0, 1]), "expected 3 tokens, got 2", id="too few tokens"),
        pytest.param(lambda: bits(3, 1).decode([0, 1, 1]), "expected 1 ones, got 2", id="tokens with other ones"),
        pytest.param(
            lambda: Float(0, 1).enumerate(), "float [0.0, 1.0] is continuous and cannot be enumerated", id="continuous"
        ),
    ],
)
def test_a_domain_that_cannot_be_says_why(make, message):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the whole message is asserted below
        make()
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        (Choice((3, "x")), "choice of 3, x"),
        (Int(1, 8), "int [1, 8]"),
        (Int(1, 9, 2), "int [1, 9] step 2"),
        (Float(0.001, 0.1, log=True), "float [0.001, 0.1] log"),
        (bits(8, 4), "8 bits with 4 ones"),
        (bits(8, at_least=1), "8 bits with at least 1 one"),
        (bits(8, at_least=2), "8 bits with at least 2 ones"),
        (bits(8), "8 bits"),
        (Vector(Choice((2, 4)), 3), "vector of 3, each choice of 2, 4"),
    ],
)
def test_a_domain_reads_as_a_person_says_it(domain, words):
    assert in_words(domain) == words
