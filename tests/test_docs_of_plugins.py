"""The guide to plugins: its cost rule counts, `Auto` asks its `suits`, and its former names still work."""

import os
import subprocess
import sys
from pathlib import Path

GUIDE = Path(__file__).parents[1] / "docs" / "writing_a_plugin.md"


def block_with(text: str) -> str:
    """Return the one Python block of the guide that contains the text."""
    pieces = GUIDE.read_text("utf-8").split("```python\n")[1:]
    (found,) = [block for block in (piece.partition("```")[0] for piece in pieces) if text in block]
    return found


def test_the_cost_rule_of_the_guide_counts_what_its_module_has_and_the_module_is_not_needed() -> None:
    program = block_with('kind="cost_rule"')
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "{'params': 12, 'macs': 768}\n"
    # The module itself, run once, has the same parameters; torch counts no multiply-adds in it.
    without = program.replace('fgspace.register("Widen", widen, kind="cost_rule")\n', "")
    run = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, check=True)
    assert run.stdout == "{'params': 12, 'macs': 0}\n"


def run_with_plugin(site: Path, program: str, plugin: str, **modules: str) -> str:
    """Install a plugin acme of these modules below `site`; return what a program prints that has it alone."""
    package, info = site / "fgspace_acme", site / "fgspace_plugin_acme-0.1.0.dist-info"
    for folder in (package, info):
        folder.mkdir(parents=True)
    for name, source in {"__init__": "", "plugin": plugin, **modules}.items():
        (package / f"{name}.py").write_text(source)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fgspace-plugin-acme\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[fgspace]\nacme = fgspace_acme.plugin\n")
    environment = {**os.environ, "PYTHONPATH": str(site), "FGSPACE_PLUGINS": "acme"}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


def test_the_cost_rule_of_the_guide_counts_in_a_package(tmp_path: Path) -> None:
    head, registered, rest = block_with('kind="cost_rule"').partition('\nfgspace.register("Widen"')
    source = head.replace("@fgspace.register\n", "")
    program = "import fgspace\n\n" + rest[rest.index("space = ") :]
    plugin = block_with("def fgspace_provide_cost_rules")
    assert run_with_plugin(tmp_path, program, plugin, blocks=source, rules=source) == "{'params': 12, 'macs': 768}\n"
    assert registered


def test_auto_asks_the_algorithm_of_the_guide(tmp_path: Path) -> None:
    program = """
import fgspace
space = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": {"x": {"int": [0, 99]}}})
for objectives in ({"loss": "min"}, {"loss": "min", "time": "min"}):
    study = fgspace.Study(space, objectives=objectives, trials=20)
    print(type(study.algorithm).__name__, getattr(study.algorithm, "patience", None))
"""
    climber = block_with("class Climber")
    assert run_with_plugin(tmp_path, program, block_with("def suits"), climber=climber) == (
        "Climber 2\nRandomSearch None\n"
    )


def test_a_former_name_of_the_guide_stands_for_the_type_that_has_moved(tmp_path: Path) -> None:
    plugin = block_with("formerly=") + (
        "\nfrom fgspace import hookimpl\n\n@hookimpl\ndef fgspace_provide_modules():\n    return [squeeze]\n"
    )
    blocks = block_with("class Squeeze").partition("\n\nspace = ")[0].replace("@fgspace.register\n", "")
    program = """
import fgspace
network = fgspace.build({"type": "oldacme/SqueezeBlock", "out_channels": 4}, input_shape=(3, 8, 8))
print([name for name, child in network.named_children()])
"""
    assert run_with_plugin(tmp_path, program, plugin, blocks=blocks) == "['conv', 'norm', 'act']\n"


def test_the_converter_of_the_guide_passes_its_suite(tmp_path: Path) -> None:
    (tmp_path / "grid.json").write_text('{"grid": {"width": [8, 16]}, "jobs": 4}')
    (tmp_path / "test_grid.py").write_text(
        "from pathlib import Path\n\nfrom fgspace.testing import ConverterSuite\n"
        + block_with("class GridConverter")
        + "\n\nclass TestGrid(ConverterSuite):\n"
        + "    converter = GridConverter\n    files = [Path(__file__).with_name('grid.json')]\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, "6 passed" in run.stdout) == (0, True), run.stdout


def test_the_kinds_of_the_guide_are_told_from_their_contracts() -> None:
    program = (
        block_with("class Rounded")
        + """
from fgspace.plugins.default_registry import default_registry
print([(one.kind, one.short_name, one.tags) for one in default_registry().types if one.plugin == "program"])
"""
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == (
        "[('module', 'Rounded', ('process',)), ('evaluator', 'Size', ()), ('exporter', 'text', ())]\n"
    )
