"""Stores of earlier versions: those whose space means what it meant go on, the others say what to write."""

import sqlite3
from contextlib import closing

import fgspace
import pytest
from fgspace import FgspaceError, Study
from fgspace.study.algorithms.random_search import RandomSearch

BITS = {"layer.doublechannel": [0, 1, 1, 0], "layer.downsample": [1, 0, 0, 1]}
FREE = {path: {"bits": 4} for path in BITS}
DIGEST = "9244e315fa0ebfd4"
"""The digest of the space of `BITS` when plain lists of bits did not keep their number of ones."""
POINTS = [
    {"layer.doublechannel": [0, 0, 0, 0], "layer.downsample": [1, 0, 0, 0]},
    {"layer.doublechannel": [0, 1, 1, 1], "layer.downsample": [0, 1, 1, 0]},
]
MACS = [1417296, 6906496]
"""The first two trials of RandomSearch with seed 3, and their costs, as that version stored them."""


def space(hyper_parameters):
    layer = {"doublechannel": BITS["layer.doublechannel"], "downsample": BITS["layer.downsample"], "expansion": 1}
    return fgspace.space(
        {
            "type": "FineGrainedSpace",
            "hyper_parameters": hyper_parameters,
            "modules": ["init", "layer", "head"],
            "init": {"type": "SmallInputInitialBlock", "init_plane": 8},
            "layer": {"type": "VariantLayer", "block": {"type": "BasicBlock"}, "in_plane": 8, "out_plane": 32, **layer},
            "head": {"type": "LinearClassificationHead", "base_channel": 32, "num_class": 10},
        }
    )


@pytest.fixture
def old(tmp_path):
    """Return the folder of a store as that version left it: its digest, its trials, no checksums."""
    study = Study(space(FREE), RandomSearch, {"macs": "min"}, store=tmp_path, seed=3)
    study.run(lambda description: {}, trials=2)
    study.close()
    with closing(sqlite3.connect(tmp_path / "study.db", isolation_level=None)) as connection:
        connection.execute("DROP TABLE held_out")
        for table, columns in {
            "study": ("checksum", "trials", "told"),
            "trials": ("proposal_checksum", "outcome_checksum"),
        }.items():
            for column in columns:
                connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    return tmp_path


def test_the_store_is_the_one_that_the_version_before_left(old):
    results = Study.open(old)
    assert (results.identity.digest, space(FREE).digest) == (DIGEST, DIGEST)
    assert [trial.point for trial in results.trials] == POINTS
    assert [trial.metrics for trial in results.trials] == [{"macs": macs} for macs in MACS]


def test_a_store_whose_lists_of_bits_meant_any_number_of_ones_says_so_and_what_to_write(old):
    kept = space(BITS)
    with pytest.raises(FgspaceError) as raised:
        Study(kept, RandomSearch, {"macs": "min"}, store=old, seed=3)
    assert str(raised.value) == (
        f"{str(old / 'study.db')!r} is another study: its space has digest {DIGEST}, not {kept.digest};"
        " its space's layer.doublechannel is 4 bits, not 4 bits with 2 ones (write {bits: 4} to go on with it);"
        " its space's layer.downsample is 4 bits, not 4 bits with 2 ones (write {bits: 4} to go on with it);"
        " name another folder"
    )


def test_written_so_it_goes_on_and_gets_its_checksums_as_it_grows(old):
    study = Study(space(FREE), RandomSearch, {"macs": "min"}, store=old, seed=3)
    assert [trial.point for trial in study.trials] == POINTS
    study.run(lambda description: {}, trials=4)
    study.close()
    whole = Study(space(FREE), RandomSearch, {"macs": "min"}, seed=3)
    whole.run(lambda description: {}, trials=4)
    assert [trial.point for trial in Study.open(old).trials] == [trial.point for trial in whole.trials]
    with closing(sqlite3.connect(old / "study.db")) as connection:
        counts = "count(*), count(proposal_checksum), count(outcome_checksum)"
        assert connection.execute(f"SELECT {counts} FROM trials").fetchone() == (4, 4, 4)


@pytest.mark.parametrize(
    ("described", "digest"),
    [
        (
            {"hyper_parameters": {"x": [3, 5, 7], "y": {"bits": 4, "ones": 2}, "z": {"int": [1, 9, 2]}}},
            "6549817e877734f2",
        ),
        (
            {"x": {"choice": [{"type": "A", "r": {"float": [0, 1]}}, "b"]}, "y": {"float": [0.1, 1], "log": True}},
            "cbf828a7a057b83a",
        ),
        ({"x": [0, 1], "hyper_parameters": {"x": [0, 1]}, "forbidden": [{"x": [1, 1]}]}, "ad6c0e7b53b4b097"),
    ],
)
def test_the_digests_of_spaces_are_those_of_the_versions_before(described, digest):
    assert fgspace.space({"search_space": described}).digest == digest
