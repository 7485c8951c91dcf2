"""The evaluator: a trial has the metrics of its row, whatever the space, and a trial without a row says so."""

import re
from pathlib import Path

import fgspace
import pytest
from fgspace_tabular.evaluator import TabularBenchmark

DATA = Path(__file__).parent / "data"
OPTIONS = {
    "file": str(DATA / "table.csv"),
    "key": {"depth": "net.depth", "act": "net.act"},
    "columns": {"accuracy": "acc"},
}
POINT = {"type": "FineGrainedSpace", "net": {"depth": 2, "act": "relu"}}


def made(**options):
    return TabularBenchmark(**{**OPTIONS, **options})


def test_a_trial_has_the_metrics_of_its_row():
    evaluator = made(columns={"accuracy": "acc", "cost": "seconds"})
    assert evaluator.metrics == ("accuracy", "cost")
    assert evaluator(POINT) == {"accuracy": 0.8, "cost": 20.0}


def test_a_trial_without_a_row_fails_and_says_by_what_it_was_looked_for():
    other = {"type": "FineGrainedSpace", "net": {"depth": 7, "act": "relu"}}
    message = f"{OPTIONS['file']}: no row with depth '7', act 'relu'"
    with pytest.raises(fgspace.TrialError, match=f"^{re.escape(message)}$"):
        made()(other)
    with pytest.raises(fgspace.TrialError, match=f"^{re.escape(message)}$"):
        made(test_columns={"test": "test"}).test(other)


def test_a_path_that_leads_nowhere_is_named():
    message = f"{OPTIONS['file']}: no row with depth '', act 'relu'; the description has no 'net.deep'"
    with pytest.raises(fgspace.TrialError, match=f"^{re.escape(message)}$"):
        made(key={"depth": "net.deep", "act": "net.act"})(POINT)


def test_a_row_without_a_finite_number_fails_its_trial_alone():
    failed = {"type": "FineGrainedSpace", "net": {"depth": 3, "act": "gelu"}}
    message = f"{OPTIONS['file']}: line 7: expected a finite number in column 'acc', got 'nan'"
    evaluator = made()
    evaluator.prepare()
    with pytest.raises(fgspace.TrialError, match=f"^{re.escape(message)}$"):
        evaluator(failed)
    assert evaluator(POINT) == {"accuracy": 0.8}
    assert made(columns={"seconds": "seconds"})(failed) == {"seconds": 31.0}


def test_one_of_several_columns_is_drawn_by_the_seed_for_each_network():
    def drawn(seed, depth):
        evaluator = made(columns={"accuracy": ["acc", "acc_2", "acc_3"], "cost": "seconds"}, seed=seed)
        return evaluator({"net": {"depth": depth, "act": "relu"}})["accuracy"]

    assert {drawn(seed, 2) for seed in range(30)} == {0.8, 0.81, 0.82}
    assert [drawn(seed, 2) for seed in range(30)] == [drawn(seed, 2) for seed in range(30)]
    assert any(drawn(seed, 1) == 0.7 and drawn(seed, 2) != 0.8 for seed in range(30))


def test_where_takes_the_rows_of_one_data_set():
    options = {"file": str(DATA / "long.jsonl"), "key": {"lr": "lr", "width": "widths"}, "columns": {"loss": "loss"}}
    point = {"type": "FineGrainedSpace", "lr": 0.001, "widths": [8, 16]}
    assert TabularBenchmark(**options, where={"data": "digits", "epochs": 12})(point) == {"loss": 0.4}
    assert TabularBenchmark(**options, where={"data": "letters"})(point) == {"loss": 0.6}
    with pytest.raises(fgspace.FgspaceError) as raised:
        TabularBenchmark(**options, where={"data": "digits"}).prepare()
    assert str(raised.value) == (
        f"TabularBenchmark: {options['file']!r}: lines 1 and 2 have the same lr '0.001', width '[8, 16]', and loss 0.4"
        " and 0.2; add the column that tells them apart to key, or to where"
    )


def test_options_may_be_searched():
    """What stands under evaluator in a description stands over the options."""
    described = {**POINT, "evaluator": {"type": "TabularBenchmark", "columns": {"accuracy": "acc_2"}}}
    assert made()(described) == {"accuracy": 0.81}


def test_modules_with_options_that_are_not_always_active_are_looked_up(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("act,slope,acc\nReLU,,1\nLeakyReLU,0.1,2\nLeakyReLU,0.2,3\n")
    acts = {"choice": [{"type": "ReLU"}, {"type": "LeakyReLU", "negative_slope": {"choice": [0.1, 0.2]}}]}
    space = fgspace.space({"type": "FineGrainedSpace", "modules": ["act"], "act": acts})
    key = {"act": "act", "slope": "act.negative_slope"}
    evaluator = TabularBenchmark(file=str(table), key=key, columns={"accuracy": "acc"})
    points = [{"act": "ReLU"}, *[{"act": "LeakyReLU", "act.LeakyReLU.negative_slope": slope} for slope in (0.1, 0.2)]]
    assert [evaluator(space.at(point))["accuracy"] for point in points] == [1, 2, 3]


@pytest.mark.parametrize("domain", [{"bits": 2}, {"tokens": [2, 2]}, {"vector": {"choice": [0, 1]}, "length": 2}])
def test_values_without_a_network_are_looked_up(tmp_path, domain):
    table = tmp_path / "table.csv"
    table.write_text('code,acc\n"[1, 0]",1\n"[1, 1]",2\n')
    space = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": {"mask": domain}})
    for key in ("mask", "[{mask.0}, {mask.1}]"):
        evaluator = TabularBenchmark(file=str(table), key={"code": key}, columns={"accuracy": "acc"})
        assert evaluator(space.at({"mask": [1, 1]})) == {"accuracy": 2}


def test_equal_files_have_equal_digests(tmp_path):
    copy = tmp_path / "copy.csv"
    copy.write_bytes((DATA / "table.csv").read_bytes())
    assert made(file=str(copy)).data_digest == made().data_digest
    copy.write_bytes(copy.read_bytes() + b"9,relu,1,1,1,1,1\n")
    assert made(file=str(copy)).data_digest != made().data_digest


WRONG = {
    "no key": ({"key": {}}, "key: expected at least one column, got none"),
    "no columns": ({"columns": {}}, "columns: expected at least one column, got none"),
    "an empty list": ({"columns": {"a": []}}, "columns: a: expected at least one column, got none"),
    "an empty name": ({"test_columns": {"a": ""}}, "test_columns: a: expected at least one column, got none"),
    "one name twice": (
        {"test_columns": {"accuracy": "test"}},
        "test_columns: 'accuracy' is a metric of columns too; call it test_accuracy",
    ),
    "an open brace": (
        {"key": {"depth": "{net.depth"}},
        "key: depth: expected a path in each pair of braces, such as {network.cell.0}, got '{net.depth'",
    ),
}


@pytest.mark.parametrize(("options", "message"), WRONG.values(), ids=WRONG)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        made(**options)
