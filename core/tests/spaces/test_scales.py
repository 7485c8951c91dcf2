"""Integers on a logarithmic scale, and floats with a step: what they hold, how they are drawn, what is refused."""

import json
import math
import re
from collections import Counter
from random import Random
from statistics import pstdev

import fgspace
import numpy as np
import pytest
from fgspace import DescriptionError, Objectives
from fgspace.documents.reader import read_text
from fgspace.spaces.domains import Choice, Float, Int, Tokens, Vector, in_words
from fgspace.spaces.domains.syntax import read_domain
from fgspace.study.algorithms.grid_search import GridSearch
from fgspace.testing.algorithms import drive

UNITS = {"int": [1, 1000], "log": True}
DROPOUT = {"float": [0, 1, 0.05]}


def drawn(domain, times=20_000):
    rng = Random(0)
    return Counter(domain.sample(rng) for _ in range(times))


@pytest.mark.parametrize(("low", "high"), [(1, 1000), (3, 9), (1, 2), (64, 4096), (10**9, 10**9 + 3)])
def test_an_integer_is_drawn_as_often_as_its_interval_is_long_on_the_scale(low, high):
    counts, whole = drawn(Int(low, high, log=True)), math.log((high + 0.5) / (low - 0.5))
    for edge in (low, low + 1, (low + high) // 2):
        # All integers up to this one: ten of them are drawn often enough to be compared.
        share = math.log((edge + 0.5) / (low - 0.5)) / whole
        assert sum(count for value, count in counts.items() if value <= edge) / 20_000 == pytest.approx(
            share, abs=0.015
        )
    assert set(counts) <= set(range(low, high + 1))


def test_each_decade_of_a_wide_range_is_drawn_about_equally_often():
    counts = Counter(math.floor(math.log10(value)) for value in drawn(Int(1, 10**6 - 1, log=True)).elements())
    # The first decade is longer by the interval of 1 below 1.
    assert all(counts[decade] / 20_000 == pytest.approx(0.159, abs=0.015) for decade in range(1, 6))


def test_a_mutation_of_such_an_integer_moves_by_a_share_of_the_scale():
    rng, domain = Random(0), Int(1, 10**8, log=True)
    moves = [math.log10(domain.mutate(10**4, rng)) - 4 for _ in range(3000)]
    assert pstdev(moves) == pytest.approx(8 * 0.191, abs=0.1)
    assert {Int(1, 3, log=True).mutate(1, rng) for _ in range(500)} == {2, 3}
    assert Int(4, 5, log=True).mutate(4, rng) == 5
    assert Int(7, 7, log=True).mutate(7, rng) == 7


def test_such_an_integer_has_the_tokens_and_values_of_any_other():
    domain, plain = Int(1, 1000, log=True), Int(1, 1000)
    assert (domain.size, domain.range_table, domain.initial) == (1000, [1000], 1)
    assert (domain.encode(37), domain.decode([36])) == ([36], 37)
    assert list(domain.enumerate()) == list(plain.enumerate())
    assert domain != plain
    assert read_domain(UNITS) == domain
    assert (domain.share(1), domain.share(1000), domain.share(10)) == (0, 1, pytest.approx(1 / 3))
    assert (plain.share(1), plain.share(1000), Int(5, 5, log=True).share(5), Int(5, 5).share(5)) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    ("written", "values"),
    [
        (DROPOUT, [round(0.05 * index, 2) for index in range(21)]),
        ({"float": [0.1, 0.7, 0.2]}, [0.1, 0.3, 0.5, 0.7]),
        ({"float": [-0.3, 0.3, 0.1]}, [-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3]),
        ({"float": [1e-05, 5e-05, 1e-05]}, [1e-05, 2e-05, 3e-05, 4e-05, 5e-05]),
        ({"float": [0, 10, 2.5]}, [0.0, 2.5, 5.0, 7.5, 10.0]),
        ({"float": [1e22, 3e22, 1e22]}, [1e22, 2e22, 3e22]),
        ({"float": [0.25, 0.25, 0.1]}, [0.25]),
    ],
)
def test_a_float_with_a_step_has_the_numbers_that_people_write(written, values):
    domain = read_domain(written)
    assert [repr(value) for value in domain.enumerate()] == [repr(float(value)) for value in values]
    assert (domain.size, domain.range_table, domain.initial) == (len(values), [len(values)], values[0])
    assert [domain.decode([token]) for token in range(domain.size)] == values
    assert [domain.encode(value) for value in values] == [[token] for token in range(domain.size)]
    assert json.loads(json.dumps(domain.to_json())) == domain.to_json()
    assert set(drawn(domain)) == set(values)
    assert all(0 <= domain.share(value) <= 1 and domain.at_share(domain.share(value)) == value for value in values)


def test_numbers_between_the_steps_are_no_values():
    domain = read_domain(DROPOUT)
    assert [value for value in (0, 1, 0.15, 0.1, 0.85) if not domain.contains(value)] == []
    assert [
        value for value in (3 * 0.05, 0.151, -0.05, 1.05, True, "0.1", None, math.nan) if domain.contains(value)
    ] == []
    assert domain == read_domain({"float": [0.0, 1, 5e-2]}) != read_domain({"float": [0, 1]})


def test_a_float_with_a_step_moves_near_more_often_than_far():
    rng, domain = Random(0), read_domain({"float": [0, 1, 0.001]})
    moves = [domain.mutate(0.5, rng) - 0.5 for _ in range(3000)]
    assert pstdev(moves) == pytest.approx(0.191, abs=0.01)
    assert 0 not in moves
    assert {read_domain({"float": [0, 1, 0.5]}).mutate(0.5, rng) for _ in range(50)} == {0.0, 1.0}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"int": [0, 9], "log": True}, "int: low must be at least 1 where log is true, got 0"),
        ({"int": [-5, 9], "log": True}, "int: low must be at least 1 where log is true, got -5"),
        (
            {"int": [1, 9, 2], "log": True},
            "int: takes either log or a step, got log and a step of 2; leave one out",
        ),
        ({"int": [9, 1], "log": True}, "int: low must not exceed high, got 9 > 1"),
        ({"int": [1, 9], "log": 1}, "int: expected log to be true or false, got 1"),
        ({"int": [1, 9], "lgo": True}, "int: takes no 'lgo'; did you mean 'log'?"),
        ({"int": [1, 9], "step": 2}, "int: takes no 'step'; write int: [low, high, step]"),
        ({"int": [1, 9], "base": 2}, "int: takes no 'base'; it also takes log"),
        ({"float": [0, 1, 0]}, "float: step must be a finite number above 0, got 0.0"),
        ({"float": [0, 1, -0.1]}, "float: step must be a finite number above 0, got -0.1"),
        ({"float": [0, 1, math.nan]}, "float: step must be a finite number above 0, got nan"),
        ({"float": [0, 1, math.inf]}, "float: step must be a finite number above 0, got inf"),
        ({"float": [math.nan, 1, 0.1]}, "float: low and high must be finite, got nan and 1.0"),
        ({"float": [0, 1, 0.3]}, "float: 1.0 is not reached from 0.0 in steps of 0.3; write 0.9 as high"),
        ({"float": [0, 1, 2]}, "float: 1.0 is not reached from 0.0 in steps of 2.0; write 0.0 as high"),
        ({"float": [1, 0, 0.1]}, "float: low must not exceed high, got 1.0 > 0.0"),
        (
            {"float": [0.1, 1, 0.1], "log": True},
            "float: takes either log or a step, got log and a step of 0.1; leave one out",
        ),
        (
            {"float": [0, 1e308, 1e-308]},
            "float: steps of 1e-308 are too fine for numbers as large as 1e+308; take larger ones",
        ),
        (
            {"float": [-1e16, 5, 0.5]},
            "float: steps of 0.5 are too fine for numbers as large as 1e+16; take larger ones",
        ),
        ({"float": [0, 1], "step": 0.1}, "float: takes no 'step'; write float: [low, high, step]"),
        (
            {"float": [0, 1, 0.1, 0.1]},
            "float: expected [low, high] or [low, high, step], got [0, 1, 0.1, 0.1]",
        ),
        (
            {"float": [0, 10**400]},
            "float: high: expected an integer of at most 64 bits, -9,223,372,036,854,775,808 to"
            " 9,223,372,036,854,775,807; got 1000000000000000000000000000000000000...",
        ),
        (
            {"int": [1, 10**9999], "log": True},
            "int: high: expected an integer of at most 64 bits, -9,223,372,036,854,775,808 to"
            " 9,223,372,036,854,775,807; got one of 33,216 bits",
        ),
    ],
)
def test_a_scale_that_cannot_be_says_why(written, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_domain(written)
    if all(number < 2**64 or number != number for number in next(iter(written.values()))):
        with pytest.raises(DescriptionError) as raised:
            fgspace.space({"search_space": {"a": 3, "hyper_parameters": {"a": written}}})
        assert str(raised.value) == f"a: {message}"


def test_a_step_beside_its_range_is_told_where_it_stands_in_a_file():
    with pytest.raises(DescriptionError) as raised:
        fgspace.space(read_text("search_space:\n  a: {float: [0, 1], step: 0.1}\n", "space.yaml"))
    assert str(raised.value) == "space.yaml:2:6: a: float: takes no 'step'; write float: [low, high, step]"


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        (read_domain(UNITS), "int [1, 1000] log"),
        (read_domain(DROPOUT), "float [0, 1] step 0.05"),
        (read_domain({"float": [0, 1.0000001, 0.0000001]}), "float [0, 1.0000001] step 1e-07"),
        (Vector(Int(1, 8, log=True), 2), "vector of 2, each int [1, 8] log"),
    ],
)
def test_a_scale_reads_as_a_person_says_it(domain, words):
    assert in_words(domain) == words


def test_scales_may_stand_wherever_a_domain_may():
    conv = {"type": "Conv2d", "out_channels": UNITS, "kernel_size": 1}
    space = fgspace.space(
        {
            "modules": ["conv", "drop"],
            "conv": {"choice": [conv, {"type": "Identity"}]},
            "drop": {"type": "Dropout", "p": {"choice": [0.5, DROPOUT]}},
        }
    )
    assert space.size == 1001 * 22
    rng = Random(0)
    for point in (space.sample(rng) for _ in range(100)):
        assert space.decode(space.encode(point)) == point
        assert space.misfit(space.mutate(point, rng)) is None
        assert isinstance(space.cost(point)["params"], int)
    assert space != fgspace.space(
        {
            "modules": ["conv", "drop"],
            "conv": {"choice": [{**conv, "out_channels": {"int": [1, 1000]}}, {"type": "Identity"}]},
            "drop": {"type": "Dropout", "p": {"choice": [0.5, DROPOUT]}},
        }
    )


def test_a_flat_space_of_scales_draws_as_its_domains_do():
    space = fgspace.space({"search_space": {"units": UNITS, "dropout": DROPOUT}})
    small = sum(space.sample(Random(seed))["units"] < 32 for seed in range(500))
    assert 230 < small < 330  # log(31.5 / 0.5) of log(1000.5 / 0.5) is 0.545
    assert all(space.contains(space.sample(Random(seed))) for seed in range(100))


def test_the_grid_holds_every_step():
    space = fgspace.space(
        {"search_space": {"dropout": {"float": [0, 0.3, 0.1]}, "units": {"int": [1, 3], "log": True}}}
    )
    trials = drive(GridSearch(space, Objectives({"loss": "min"})), 100)
    assert [trial.point["dropout"] for trial in trials[::3]] == [0.0, 0.1, 0.2, 0.3]
    assert len(trials) == space.size == 12


@pytest.mark.parametrize(
    ("made", "plain"),
    [
        (lambda: Int(np.int64(1), np.int32(9), log=np.bool_(True)), Int(1, 9, log=True)),
        (lambda: Float(np.float64(0), np.int64(1), step=np.float64(0.05)), Float(0, 1, step=0.05)),
        (lambda: Choice(np.array([8, 16])), Choice((8, 16))),
        (lambda: Choice((np.int64(8), (1, np.int64(2)))), Choice((8, [1, 2]))),
        (lambda: Vector(Int(0, 1), np.int64(4), np.int64(2)), Vector(Int(0, 1), 4, 2)),
        (lambda: Tokens(np.array([2, 3])), Tokens((2, 3))),
    ],
)
def test_a_domain_made_of_numpy_numbers_is_plain(made, plain):
    assert made() == plain
    written = made().to_json()
    assert json.dumps(written) == json.dumps(plain.to_json())
    assert all(
        type(value) in (int, float, list)
        for value in (made().sample(Random(0)), made().decode(made().encode(made().initial)))
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Int(1.5, 3), "int: expected a whole number as low, got 1.5"),
        (lambda: Int(1, True), "int: expected a whole number as high, got True"),
        (lambda: Float("0", 1), "float: expected a number as low, got '0'"),
        (lambda: Vector(Int(0, 3), "3"), "vector: expected a whole number as length, got '3'"),
        (lambda: Tokens((2, 2.5)), "tokens: expected a whole number as the range of token 1, got 2.5"),
        (
            lambda: Choice((len,)),
            "choice.0: expected plain data (mappings, lists, text, numbers), got the builtin_function_or_method 'len'",
        ),
        (lambda: Int(1, 3).decode([1.5]), "token 0 must be a whole number, got 1.5"),
        (lambda: Int(1, 3).decode(["1"]), "token 0 must be a whole number, got '1'"),
    ],
)
def test_a_domain_of_something_else_says_what_it_expects(make, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make()
