"""`fgspace export`: the weights and the options that it hands to an exporter, and what it prints."""

import pytest
import torch

EXPORTERS = '''
"""Exporters of a user's own, which write down what they are given."""

from pathlib import Path
from typing import Any

import fgspace


@fgspace.register(kind="exporter")
def telling(model, path, shape, weights=None, small: bool = False, level: int = 2, names: list[str] | None = None):
    """Writes its options, and finds something."""
    Path(path).write_text(f"{type(model).__name__} {shape} {weights} {small} {level} {names}")
    return "3 things found"


@fgspace.register(kind="exporter")
def open_minded(model, path, input_shape, weights=None, **rest: Any):
    """Takes any options."""
    Path(path).write_text(repr(rest))


@fgspace.register(kind="exporter")
def plain(model, path, input_shape, weights=None):
    """Takes no options."""
    Path(path).write_text("plain")


@fgspace.register(kind="exporter")
def sums(model, path, input_shape):
    """Adds up the weights."""
    Path(path).write_text(str(sum(float(one.sum()) for one in model.state_dict().values())))


@fgspace.register(kind="exporter")
def nowhere(model, path, input_shape):
    """Cannot write."""
    raise OSError(28 if "full" in path.name else 13, "nothing can be written")
'''
MINE = ("-p", "./my_blocks.py", "-p", "./exporters.py")


@pytest.fixture
def export(fgspace, folder):
    """Return what runs `fgspace export` on a network with one of the exporters above."""
    (folder / "exporters.py").write_text(EXPORTERS)
    return lambda exporter, *arguments: fgspace(
        "export", "network.yaml", "--format", exporter, *(arguments or ("--random",)), *MINE
    )


@pytest.fixture
def state():
    """Return the weights of the initial network of network.yaml, all ones."""
    head = {"first.weight": (8, 3, 3, 3), "first.bias": (8,), "second.weight": (6, 8, 1, 1), "second.bias": (6,)}
    return {f"body.{name}": torch.ones(shape) for name, shape in head.items()}


def test_the_weights_that_lie_beside_the_file_are_taken(export, folder, state):
    torch.save(state, folder / "weights.pt")
    done = export("sums", "-o", "out.txt")
    assert (done.returncode, done.stdout, done.stderr) == (0, "out.txt\nweights: weights.pt\n", "")
    assert float((folder / "out.txt").read_text()) == 8 * 27 + 8 + 48 + 6


def test_weights_that_are_named_are_taken_before_those_beside_with_or_without_a_prefix(export, folder, state):
    torch.save(state, folder / "weights.pt")
    mine = {name.removeprefix("body."): 2 * one for name, one in state.items()}
    torch.save({"epoch": 3, "state_dict": mine}, folder / "mine.pth")
    done = export("sums", "--weights", "mine.pth")
    assert (done.returncode, done.stdout, done.stderr) == (0, "network.sums\nweights: mine.pth\n", "")
    assert float((folder / "network.sums").read_text()) == 2 * (8 * 27 + 8 + 48 + 6)


@pytest.mark.soak
def test_random_weights_are_exported_only_where_they_are_asked_for(export, folder, state):
    done = export("sums", "-o", "out.txt")
    message = "network.yaml: has no weights; give --weights FILE, or --random to export random ones\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
    assert not (folder / "out.txt").exists()
    torch.save(state, folder / "weights.pt")
    done = export("sums", "--random")
    assert (done.returncode, done.stdout, done.stderr) == (0, "network.sums\nweights: random\n", "")
    assert float((folder / "network.sums").read_text()) < 100


def test_a_network_without_weights_needs_none(fgspace, export, folder):
    (folder / "bare.yaml").write_text("search_space:\n  modules: [act]\n  act: {type: ReLU}\n")
    done = fgspace("export", "bare.yaml", "--format", "sums", *MINE)
    assert (done.returncode, done.stdout) == (0, "bare.sums\nweights: the network has none\n")


def test_weights_of_another_network_are_refused(export, folder, state):
    state["body.second.weight"] = torch.ones(5, 8, 1, 1)
    torch.save({**state, "head.weight": torch.ones(3)}, folder / "weights.pt")
    done = export("sums", "-o", "out.txt")
    message = (
        "weights: 1 of the network's 4 tensors does not match 'weights.pt': 'body.second.weight' (6×8×1×1, in the file "
        "5×8×1×1); 1 tensor of 'weights.pt' is not in the network: 'head.weight'; give the weights of exactly this "
        "network\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
    done = export("sums", "--weights", "none.pt")
    message = (
        "weights: 'none.pt' does not exist; give the path of a file of weights, or --random to export random ones\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


def test_a_space_without_a_network_cannot_be_exported(fgspace, export):
    done = fgspace("export", "hill.yaml", "--format", "sums", *MINE)
    message = "hill.yaml: lists no modules, so there is no network to export; see: fgspace show hill.yaml "
    message += "-p ./my_blocks.py -p ./exporters.py\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


@pytest.mark.soak
def test_a_file_that_cannot_be_written_is_named(export):
    done = export("nowhere", "--random", "-o", "out/net.txt")
    message = "'out/net.txt' cannot be written: nothing can be written; name another by -o\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
    done = export("nowhere", "--random", "-o", "full.txt")
    message = "the output cannot be written: nothing can be written; make room\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


def test_options_reach_the_exporter_with_the_types_that_yaml_gives_them(export, folder):
    options = ("small=true", "level=1_000", "names=[a, 'b=c']")
    done = export("telling", "--random", *(word for option in options for word in ("--option", option)))
    told = "network.telling\nweights: random\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, told, "telling: 3 things found\n")
    assert (folder / "network.telling").read_text().endswith(" (3, 8, 8) None True 1000 ['a', 'b=c']")


def test_without_options_an_exporter_has_its_defaults(export, folder):
    export("telling")
    assert (folder / "network.telling").read_text().endswith(" (3, 8, 8) None False 2 None")


def test_an_exporter_that_takes_anything_gets_it_and_one_that_finds_nothing_says_nothing(export, folder):
    done = export("open_minded", "--random", "--option", "rate=1e-3", "--option", "empty=")
    assert (done.returncode, done.stdout, done.stderr) == (0, "network.open_minded\nweights: random\n", "")
    assert (folder / "network.open_minded").read_text() == "{'rate': 0.001, 'empty': None}"


@pytest.mark.parametrize(
    ("exporter", "options", "message"),
    [
        ("telling", ["smal=true"], "--option smal: telling has no option 'smal'; did you mean 'small'?"),
        ("telling", ["x=1"], "--option x: telling has no option 'x'; it takes small, level, names"),
        ("telling", ["weights=x"], "--option weights: telling has no option 'weights'; it takes small, level, names"),
        ("plain", ["small=true"], "--option small: plain has no option 'small'; it takes none"),
        ("telling", ["small"], "--option: expected NAME=VALUE, got 'small'"),
        ("telling", ["level=high"], "--option level: expected int, got 'high'"),
        ("telling", ["names=[a, 1]"], "--option names: expected list[str] or null, got ['a', 1]"),
        ("telling", ["level={"], "--option level: expected a value as in YAML, got '{'"),
        ("telling", ["level=1", "level=2"], "--option level: is given twice"),
        (
            "telling",
            ["smal=true", "level=high"],
            "--option smal: telling has no option 'smal'; did you mean 'small'?\n"
            "--option level: expected int, got 'high'",
        ),
    ],
)
def test_options_that_an_exporter_does_not_take_are_refused_all_at_once(export, folder, exporter, options, message):
    done = export(exporter, "--random", *(word for option in options for word in ("--option", option)))
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{message}\n")
    assert not (folder / f"network.{exporter}").exists()


def test_preprocessing_is_refused_for_an_exporter_that_does_not_know_it(export):
    done = export("plain", "--random", "--with-preprocessing")
    message = "--with-preprocessing: plain of this network cannot have it; leave it out\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
