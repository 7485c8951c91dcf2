"""Entries of `forbidden` take points out of a space: they are never sampled, counted, proposed or decoded."""

from itertools import pairwise
from random import Random

import fgspace
import pytest
from fgspace import Algorithm, FgspaceError, Objectives, Study
from fgspace.documents.reader import read_text
from fgspace.plugins.default_registry import default_registry
from hypothesis import given
from hypothesis import strategies as st

VALUES = {"a": {"int": [0, 3]}, "b": {"choice": ["x", "y"]}, "c": {"bits": 2}}
OPTIONS = {
    "kind": {
        "choice": [
            {"type": "Adam", "lr": {"choice": [1, 2, 3]}},
            {"type": "SGD", "lr": 0.1, "momentum": {"choice": [0, 9]}},
        ]
    },
    "size": {"int": [1, 4]},
}
WHOLE = "space.yaml:4:14: forbidden: "
FOUND = [one for one in default_registry().types if one.kind == "algorithm" and one.short_name != "Auto"]
ALGORITHMS = [pytest.param(one.name, marks=[pytest.mark.soak] * (one.plugin == "optuna")) for one in FOUND]
NEEDED = {"fgspace/Relay": {"stages": [{"type": "RandomSearch", "trials": 4}, {"type": "RandomSearch"}]}}


def space(forbidden, described=VALUES):
    return fgspace.space({"search_space": {**described, "forbidden": forbidden}})


def agrees(point, entry):
    return all(path in point and point[path] == value for path, value in entry.items())


def kept(described, forbidden):
    every = fgspace.space({"search_space": described}).enumerate()
    return [point for point in every if not any(agrees(point, entry) for entry in forbidden)]


ENTRY = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["Adam", "SGD"]),
        "kind.Adam.lr": st.sampled_from([1, 2, 3]),
        "kind.SGD.momentum": st.sampled_from([0, 9]),
        "size": st.integers(1, 4),
    },
).filter(bool)


@given(st.lists(ENTRY, min_size=1, max_size=6))
def test_what_is_left_is_counted_and_enumerated_exactly(forbidden):
    expected = kept(OPTIONS, forbidden)
    first = {"kind": "Adam", "kind.Adam.lr": 1, "size": 1}
    if any(agrees(first, entry) for entry in forbidden):
        with pytest.raises(
            fgspace.DescriptionError, match=r"^forbidden: the point that the file describes is forbidden"
        ):
            space(forbidden, OPTIONS)
        return
    made = space(forbidden, OPTIONS)
    assert list(made.enumerate()) == expected
    assert (made.size, made.size_is_exact) == (len(expected), True)


def test_many_entries_leave_an_upper_bound():
    forbidden = [{"a": number % 4, "b": "y", "c": [number % 2, 1]} for number in range(1, 14)]
    made = space(forbidden)
    assert (made.size, made.size_is_exact) == (32, False)
    assert list(made.enumerate()) == kept(VALUES, forbidden)


def test_draws_moves_and_crosses_are_allowed_points():
    forbidden = [{"a": 1, "b": "x"}, {"b": "y"}]
    made = space(forbidden)
    rng = Random(0)
    drawn = [made.sample(rng) for _ in range(200)]
    moved = [made.mutate(point, rng) for point in drawn]
    crossed = [made.crossover(one, other, rng) for one, other in pairwise(drawn)]
    assert not any(agrees(point, entry) for point in (*drawn, *moved, *crossed) for entry in forbidden)
    assert {point["a"] for point in drawn} == {0, 2, 3}


def test_a_forbidden_point_is_no_point_and_its_tokens_are_refused():
    made = space([{"a": 2, "b": "y"}])
    point = {"a": 2, "b": "y", "c": [0, 0]}
    assert made.misfit(point) == "the point is forbidden: a is 2 and b is 'y'"
    with pytest.raises(ValueError, match=r"^the point is forbidden: a is 2 and b is 'y'$"):
        made.decode([2, 1, 0, 0])
    assert made.decode([2, 0, 0, 0]) == {"a": 2, "b": "x", "c": [0, 0]}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_no_algorithm_proposes_a_forbidden_point_and_all_others_are_found(algorithm):
    forbidden = [{"a": 3}, {"b": "y", "c": [1, 1]}, {"a": 1, "b": "x"}]
    made = space(forbidden)
    study = Study(made, algorithm, {"loss": "min"}, initial_points=[{"a": 2}], **NEEDED.get(algorithm, {}))
    study.run(lambda described: {"loss": described["a"] + sum(described["c"])}, trials=100)
    assert not any(agrees(trial.point, entry) for trial in study.trials for entry in forbidden)
    if algorithm not in ("ea/BackboneNasSearch", "ea/PruneEA", "ea/QuantEA"):
        assert len(study.trials) == made.size == len(kept(VALUES, forbidden))


def test_what_is_forbidden_belongs_to_the_space():
    plain = fgspace.space({"search_space": VALUES})
    assert space([{"a": 3}]) != plain
    assert "forbidden" not in plain.to_json()
    assert space([{"a": 3}]).to_json()["forbidden"] == [{"a": 3}]


def test_an_initial_point_may_not_be_forbidden():
    with pytest.raises(FgspaceError) as raised:
        Study(space([{"a": 3}]), "RandomSearch", {"loss": "min"}, initial_points=[{"a": 3}])
    assert str(raised.value) == "initial_points[0]: the point is forbidden: a is 3"


def test_where_all_is_forbidden_drawing_says_so():
    class Same(Algorithm):
        """Draws."""

        def propose(self, rng):
            return self.space.sample(rng)

    made = space([{"b": "y"}, *({"a": number} for number in (1, 2, 3)), *({"c": bits} for bits in ([0, 1], [1, 0]))])
    assert made.size == 2
    tight = fgspace.space({"search_space": {"a": {"vector": {"int": [0, 9]}, "length": 8}, "forbidden": []}})
    assert tight.size == 10**8
    assert Same(made, Objectives({"loss": "min"})).ask() in list(made.enumerate())


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("[{a: 7}]", "space.yaml:4:19: forbidden[0].a: 7 is not in int [0, 3]"),
        ("[{a: 1, aa: 2}]", "space.yaml:4:22: forbidden[0].aa: no such hyper-parameter; did you mean 'a'?"),
        (
            "{a: 1}",
            "space.yaml:4:14: forbidden: expected a list of mappings from hyper-parameters to values, got {'a': 1}",
        ),
        ("[{}]", "space.yaml:4:14: forbidden: expected a list of mappings from hyper-parameters to values, got [{}]"),
        (
            "[{a: 0}]",
            "space.yaml:4:14: forbidden: the point that the file describes is forbidden: a is 0; describe another",
        ),
    ],
)
def test_what_cannot_be_forbidden_is_told_where_it_stands(written, message):
    with pytest.raises(fgspace.DescriptionError) as raised:
        fgspace.space(read_text(f"search_space:\n  a: {{int: [0, 3]}}\n  b: 1\n  forbidden: {written}\n", "space.yaml"))
    assert str(raised.value) == message
