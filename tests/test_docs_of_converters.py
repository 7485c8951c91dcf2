"""Every row of the pages on coming from other tools is converted, and gives what its right column says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fgspace.cli.showing.show_file import in_size
from fgspace.config.converter import Converted
from fgspace.config.foreign_files import read_foreign
from fgspace.config.loading import load
from fgspace_migrate.paddleslim import PaddleSlimConverter
from fgspace_migrate.vega.converter import VegaConverter

DOCS = Path(__file__).parents[1] / "docs"
VEGA, PADDLESLIM = DOCS / "coming_from_vega.md", DOCS / "coming_from_paddleslim.md"


def rows(page: Path, head: str) -> list[tuple[str, str]]:
    """Return the cells of the tables of a page whose first column has this head."""
    found, inside = [], False
    for line in page.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        if not cells:
            inside = False
        elif cells[0] == head:
            inside = True
        elif inside and not set(line) <= set("|-"):
            left, right = cells
            found.append((left, right))
    assert found, f"{page.name} has no table {head!r}"
    return found


def examples(page: Path, head: str) -> Any:
    return pytest.mark.parametrize(("old", "new"), rows(page, head))


def written(cell: str) -> Any:
    """Return the data of a cell: of one piece of code, or of several that are put together."""
    pieces = [yaml.safe_load(piece) for piece in re.findall(r"`([^`]*)`", cell)]
    if len(pieces) == 1:
        return pieces[0]
    return {key: value for piece in pieces for key, value in piece.items()}


def step(**sections: Any) -> dict[str, Any]:
    """Return a step of Vega with a small network, in which sections are replaced."""
    network = {"modules": ["backbone"], "backbone": {"type": "ResNet", "depth": 18}}
    plain = {
        "pipe_step": {"type": "SearchPipeStep"},
        "search_space": {"type": "SearchSpace"},
        "model": {"model_desc": network},
        "dataset": {"type": "Cifar10", "common": {"data_path": "/data"}},
        "trainer": {"type": "Trainer"},
    }
    return plain | sections


def converted(folder: Path, step: dict[str, Any], **beside: Any) -> Converted:
    """Convert a step of Vega from a file, write the experiment beside it, and return what became of it."""
    (folder / "old.yml").write_text(json.dumps({"pipeline": ["nas"], "nas": step, **beside}))
    made = VegaConverter().convert(read_foreign(folder / "old.yml"))
    (folder / "new.yaml").write_text(json.dumps(made.sections))
    return made


def loaded(folder: Path) -> Any:
    return load(folder / "new.yaml").space


def holds(whole: Any, part: Any) -> bool:
    """Return whether data have all of a part: mappings may have more keys, everything else is equal."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and holds(whole[key], value) for key, value in part.items())
    return bool(whole == part)


def messages(made: Converted) -> Iterator[str]:
    yield from (note.message for note in made.notes)


@examples(VEGA, "in `hyperparameters`")
def test_a_type_of_hyper_parameter_is_the_domain_that_the_page_says(old: str, new: str, tmp_path: Path) -> None:
    space = {"hyperparameters": [{"key": "mine", **written(old)}]}
    made = converted(tmp_path, step(search_space=space, trainer={"type": "ScriptRunner", "script": "./fit.py"}))
    assert made.sections["search_space"] == {"mine": written(new)}
    assert [*loaded(tmp_path).hyper_parameters] == ["mine"]


@examples(VEGA, "key")
def test_a_hyper_parameter_stands_where_the_page_says(old: str, new: str, tmp_path: Path) -> None:
    space = {"hyperparameters": [{"key": old.strip("`"), "type": "CATEGORY", "range": [18, 34]}]}
    trainer = {"type": "Trainer", "lr_scheduler": {"type": "ExponentialLR", "params": {"gamma": 0.5}}}
    converted(tmp_path, step(search_space=space, trainer=trainer))
    assert [*loaded(tmp_path).hyper_parameters] == [new.strip("`")]


@examples(VEGA, "condition")
def test_a_condition_makes_the_options_that_the_page_shows(old: str, new: str, tmp_path: Path) -> None:
    parent, child = "trainer.optimizer.type", "trainer.optimizer.params.eps"
    space = {
        "hyperparameters": [
            {"key": parent, "type": "CATEGORY", "range": ["SGD", "Adam", "RMSprop"]},
            {"key": child, "type": "FLOAT", "range": [0.1, 0.2]},
        ],
        "condition": [{"key": "c", "child": child, "parent": parent, **written(old)}],
    }
    made = converted(tmp_path, step(search_space=space))
    assert made.sections["evaluator"]["optimizer"] == written(new)
    active = [option for option in written(new)["choice"] if "eps" in option]
    assert [*loaded(tmp_path).hyper_parameters] == [
        "evaluator.optimizer",
        *sorted(f"evaluator.optimizer.{option['type']}.eps" for option in active),
    ]


@examples(VEGA, "entry of `forbidden`")
def test_a_forbidden_entry_is_the_one_that_the_page_shows(old: str, new: str, tmp_path: Path) -> None:
    space = {
        "hyperparameters": [
            {"key": "dataset.batch_size", "type": "CATEGORY", "range": [8, 16, 32]},
            {"key": "trainer.optimizer.type", "type": "CATEGORY", "range": ["SGD", "Adam"]},
            {"key": "trainer.optimizer.params.momentum", "type": "CATEGORY", "range": [0.0, 0.9]},
        ],
        "condition": [
            {
                "child": "trainer.optimizer.params.momentum",
                "parent": "trainer.optimizer.type",
                "type": "EQUAL",
                "range": ["SGD"],
            }
        ],
        "forbidden": [written(old)],
    }
    made = converted(tmp_path, step(search_space=space))
    assert made.sections["search_space"]["forbidden"] == written(new)
    assert in_size(loaded(tmp_path).size) == "8 points"  # of 3 · (2 + 1)


@pytest.mark.parametrize(
    ("old", "new"), [*rows(VEGA, "in `modules` of a coarse space"), *rows(VEGA, "in `model_desc` of 1.x")]
)
def test_a_network_is_the_part_that_the_page_shows(old: str, new: str, tmp_path: Path) -> None:
    space = {"type": "SearchSpace", "modules": ["backbone"], "backbone": written(old)}
    made = converted(tmp_path, step(search_space=space, model={}))
    assert made.sections["search_space"]["backbone"] == written(new)
    assert loaded(tmp_path).cost()["params"] > 0


@examples(VEGA, "in a step")
def test_a_part_of_a_step_gives_what_the_page_says(old: str, new: str, tmp_path: Path) -> None:
    made = converted(tmp_path, step(**written(old)))
    if new.startswith("`"):
        assert holds(made.sections, written(new))
    else:
        assert new in [*messages(made)]


@examples(VEGA, "`search_algorithm`")
def test_a_search_algorithm_is_the_one_that_the_page_says(old: str, new: str, tmp_path: Path) -> None:
    made = converted(tmp_path, step(search_algorithm=written(old), model=_resnet_20()))
    assert holds(made.sections, written(new))
    assert loaded(tmp_path).cost()["params"] > 0


def _resnet_20() -> dict[str, Any]:
    return {"model_desc": {"modules": ["net"], "net": {"type": "QuantResNet", "num_blocks": [3, 3, 3]}}}


@examples(VEGA, "in `general`")
def test_a_quota_gives_the_constraints_that_the_page_shows(old: str, new: str, tmp_path: Path) -> None:
    assert converted(tmp_path, step(), general=written(old)).sections["constraints"] == written(new)
    loaded(tmp_path)


def from_paddleslim(folder: Path, data: Any) -> Converted:
    (folder / "old.json").write_text(json.dumps(data))
    made = PaddleSlimConverter().convert(read_foreign(folder / "old.json"))
    (folder / "new.yaml").write_text(json.dumps(made.sections))
    return made


@examples(PADDLESLIM, "`configs`")
def test_a_list_of_spaces_is_the_space_that_the_page_shows(old: str, new: str, tmp_path: Path) -> None:
    made = from_paddleslim(tmp_path, json.loads(old.strip("`")))
    assert made.sections == {"search_space": written(new)}
    assert loaded(tmp_path).cost()["params"] > 0


@pytest.mark.parametrize(
    ("old", "new"), [*rows(PADDLESLIM, "argument of `SANAS` or `RLNAS`"), *rows(PADDLESLIM, "argument")]
)
def test_an_argument_gives_what_the_page_says(old: str, new: str, tmp_path: Path) -> None:
    made = from_paddleslim(tmp_path, {"configs": [["ResNetSpace"]], **json.loads(old.strip("`"))})
    if new.startswith("`"):
        assert holds(made.sections, written(new))
        assert loaded(tmp_path).size == 3_439_800
    else:
        assert new in [*messages(made)]
