"""The command passes seed, folder and weights only to types whose signature takes them."""

import csv

import pytest

TYPES = '''
"""Evaluators and exporters that take more or less."""

import os
from pathlib import Path

import fgspace


class Depth:
    """Takes nothing; tells the depth."""

    metrics = ("score", "process")
    input_shape = None
    seed = 0
    folder = None

    def __call__(self, description):
        score = description["depth"] + 100 * self.seed + (1000 if self.folder else 0)
        return {"score": score, "process": os.getpid()}


@fgspace.register(kind="evaluator")
class Bare(Depth):
    """Takes nothing."""


@fgspace.register(kind="evaluator")
class Scaled(Depth):
    """Takes an option of its own."""

    def __init__(self, by: int = 1):
        self.seed = by


@fgspace.register(kind="evaluator")
class Seeded(Depth):
    """Takes the seed."""

    def __init__(self, *, seed: int):
        self.seed = seed


@fgspace.register(kind="evaluator")
class Kept(Depth):
    """Takes the folder."""

    def __init__(self, *, folder: Path | None):
        self.folder = folder


@fgspace.register(kind="evaluator")
class Both(Depth):
    """Takes whatever there is."""

    def __init__(self, **given):
        self.seed, self.folder = given["seed"], given["folder"]


@fgspace.register("plain", kind="exporter")
def plain(model, path, input_shape):
    """Write what it is given."""
    path.write_text(f"{type(model).__name__} {input_shape}")


@fgspace.register("weighed", kind="exporter")
def weighed(model, path, input_shape, *, weights=None):
    """Write what it is given, the weights too."""
    path.write_text(f"{type(model).__name__} {input_shape} {weights}")
'''
SEARCH = """\
search_space:
  type: FineGrainedSpace
  hyper_parameters: {depth: {int: [1, 9]}}
evaluator: {type: EVALUATOR}
objectives: {score: max}
budget: {trials: 4}
seed: 3
"""
NETWORK = (
    "search_space:\n  type: FineGrainedSpace\n  modules: [conv]\n"
    "  conv: {type: Conv2d, out_channels: 4, kernel_size: 1}\n"
)
MINE = ("-p", "./my_types.py")


@pytest.fixture
def folder(folder):
    (folder / "my_types.py").write_text(TYPES)
    (folder / "net.yaml").write_text(NETWORK)
    return folder


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("evaluator", "more"),
    [("Bare", 0), ("Scaled, by: 2", 200), ("Seeded", 300), ("Kept", 1000), ("Both", 1300)],
)
def test_an_evaluator_is_given_the_seed_and_the_folder_only_where_it_takes_them(
    fgspace, folder, evaluator, more, workers
):
    (folder / "search.yaml").write_text(SEARCH.replace("EVALUATOR", evaluator))
    done = fgspace("search", "search.yaml", "--out", "out", "--workers", str(workers), *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    with (folder / "out" / "trials.csv").open(newline="") as text:
        table = list(csv.DictReader(text))
    assert [row["state"] for row in table] == ["complete"] * 4
    assert [float(row["score"]) - int(row["depth"]) for row in table] == [more] * 4


@pytest.mark.parametrize("exporter", ["plain", "weighed"])
def test_an_exporter_is_given_the_network_with_its_weights(fgspace, folder, exporter):
    done = fgspace("export", "net.yaml", "--format", exporter, "--random", *MINE)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"net.{exporter}\nweights: random\n", "")
    assert (folder / f"net.{exporter}").read_text() == f"Sequential (3, 32, 32){' None' * (exporter == 'weighed')}"
