"""Sizes of spaces of any magnitude: counted, compared and shown; and long vectors with at least some ones."""

import math
import subprocess
import sys
from collections import Counter
from itertools import accumulate
from random import Random

import fgspace
import pytest
from fgspace.cli.showing.show_file import in_size
from fgspace.spaces.domains import bit_counts, bits
from fgspace.spaces.domains.sizes import in_digits, product, total
from fgspace.study.algorithms.auto import picked
from fgspace.study.objectives import Objectives


def space(**values):
    return fgspace.space({"search_space": values})


@pytest.mark.parametrize(
    ("values", "size", "shown"),
    [
        ({"a": {"bits": 2000}}, 2**2000, "about 10^602 points"),
        ({"a": {"bits": 20_000}}, 2**20_000, "about 10^6021 points"),
        ({"a": {"vector": {"int": [1, 2**62]}, "length": 1000}}, 2**62_000, "about 10^18664 points"),
        ({"a": {"bits": 2000}, "b": {"float": [0, 1]}}, math.inf, "inf points"),
        ({"a": {"float": [0, 1]}, "b": {"bits": 20_000}, "c": {"bits": 2000}}, math.inf, "inf points"),
        ({"a": {"choice": [{"bits": 2000}, {"float": [0, 1]}]}}, math.inf, "inf points"),
        ({"a": {"choice": [{"bits": 2000}, {"bits": 1}]}}, 2**2000 + 2, "about 10^602 points"),
        ({"a": {"int": [1, 999_999_999]}}, 999_999_999, "999,999,999 points"),
        ({"a": {"int": [1, 10**9]}}, 10**9, "about 10^9 points"),
        ({"a": 1}, 1, "1 points"),
    ],
    ids=map(str, range(10)),  # the sizes have too many digits for names
)
def test_a_space_of_any_size_is_counted_and_shown(values, size, shown):
    made = space(**values)
    assert made.size == size
    assert repr(made).endswith(f" hyper-parameters, {shown}>")
    assert made.size_is_exact
    picked(made, Objectives({"loss": "min"}), 10, None, made.registry)


def test_forbidden_points_are_taken_from_a_size_that_no_float_holds():
    made = space(a={"bits": 20_000}, b={"int": [1, 2]}, forbidden=[{"a": [1] * 20_000, "b": 2}])
    assert made.size == 2**20_001 - 1
    endless = space(a={"bits": 2_000}, b={"float": [0, 1]}, forbidden=[{"a": [1] * 2_000}])
    assert endless.size == math.inf
    assert endless.contains(endless.sample(Random(0)))


def test_the_commands_show_a_size_of_many_digits(tmp_path):
    (tmp_path / "space.yaml").write_text("search_space: {a: {bits: 20000}, b: {bits: 10000, at_least: 3}}\n")
    run = [sys.executable, "-m", "fgspace"]
    shown = subprocess.run([*run, "show", "space.yaml"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "\nsize      about 10^9031 points\n" in shown.stdout
    checked = subprocess.run([*run, "check", "space.yaml"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert checked.stdout == "space.yaml: in order; 1,000 of about 10^9031 points checked\n"


@pytest.mark.parametrize(
    ("size", "digits", "words"),
    [
        (0, "0", "0 points"),
        (1, "1", "1 point"),
        (65_536, "65,536", "65,536 points"),
        (10**20, "about 10^20", "about 10^20 points"),
        (10**5000, "about 10^5000", "about 10^5000 points"),
        (math.inf, "inf", "continuous"),
    ],
    ids=map(str, range(6)),
)
def test_a_size_in_digits_and_words(size, digits, words):
    assert (in_digits(size), in_size(size)) == (digits, words)


def test_infinity_swallows_what_no_float_holds():
    huge = 10**400
    assert product([huge, math.inf, huge]) == math.inf == total([huge, math.inf])
    assert (product([huge, 2]), total([huge, 2]), product([]), total([])) == (2 * huge, huge + 2, 1, 0)
    assert product([0, math.inf]) == 0


@pytest.mark.parametrize("length", [1, 2, 7, 16, 33])
def test_vectors_with_at_least_some_ones_are_counted_from_either_side(length):
    for at_least in range(1, length + 1):
        expected = sum(math.comb(length, ones) for ones in range(at_least, length + 1))
        assert bits(length, at_least=at_least).size == expected == bit_counts.count(length, at_least)


def test_the_numbers_of_ones_are_drawn_as_before_there_was_a_table():
    for length, at_least in ((6, 1), (12, 5), (300, 299)):
        numbers = [math.comb(length, ones) for ones in range(at_least, length + 1)]
        for seed in range(50):
            drawn = Random(seed).randrange(sum(numbers))
            expected = at_least + next(index for index, end in enumerate(accumulate(numbers)) if drawn < end)
            assert sum(bits(length, at_least=at_least).sample(Random(seed))) == expected


@pytest.mark.parametrize("at_least", [1, 4990, 5000, 5001, 5100, 9999, 10_000])
def test_long_vectors_have_the_ones_that_are_asked_for(at_least):
    domain, rng = bits(10_000, at_least=at_least), Random(0)
    drawn = [sum(domain.sample(rng)) for _ in range(5)]
    assert min(drawn) >= at_least
    assert max(drawn) < max(5300, at_least + 300)
    assert bits(10_000, at_least=at_least).size == 1 or len(set(drawn)) > 1 or at_least > 9000
    assert domain.contains(domain.mutate(domain.sample(rng), rng))


@pytest.mark.parametrize(("length", "at_least"), [(12, 3), (12, 6), (12, 7), (12, 11)])
def test_the_ones_of_a_long_vector_are_as_likely_as_there_are_vectors(length, at_least):
    rng, times = Random(0), 20_000
    few = at_least <= length // 2
    drawn = Counter(
        bit_counts.drawn(length, at_least, rng).bit_count() if few else bit_counts.of_long(length, at_least, rng)
        for _ in range(times)
    )
    every = bit_counts.count(length, at_least)
    for ones in range(at_least, length + 1):
        assert drawn[ones] / times == pytest.approx(math.comb(length, ones) / every, abs=0.015)
