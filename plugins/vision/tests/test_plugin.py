"""What the plugin provides: names, and targets that are there."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import fgspace_vision
from fgspace_vision.plugin import fgspace_provide_datasets, fgspace_provide_evaluators

PROVIDED = [*fgspace_provide_evaluators(), *fgspace_provide_datasets()]


def test_it_provides_the_evaluator_and_the_data_sets():
    names = [provided.name for provided in PROVIDED]
    assert names == [
        "ImageClassification",
        "CompressedClassification",
        "Digits",
        "Cifar10",
        "Cifar100",
        "Idx",
        "ImageFolder",
        "Npz",
    ]


def imported(file: Path) -> set[str]:
    """Return the modules that a file imports from, at its head, in functions or for annotations alone."""
    nodes = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    return {name for node in nodes for name in (node.module, *(f"{node.module}.{one.name}" for one in node.names))}


def test_its_modules_do_not_import_one_another_in_a_circle():
    root = Path(fgspace_vision.__file__).parent
    names = {file: ".".join(file.relative_to(root.parent).with_suffix("").parts) for file in root.rglob("*.py")}
    graph = {name: imported(file) & set(names.values()) for file, name in names.items()}
    assert graph["fgspace_vision.evaluator"]
    TopologicalSorter(graph).prepare()
