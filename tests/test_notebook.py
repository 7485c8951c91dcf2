"""The notebook of the examples runs from its first cell to its last, and shows what it promises."""

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "examples" / "quickstart.ipynb"


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """Return what each cell with code shows, by kind, after all have run in a kernel of their own."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": tmp_path_factory.mktemp("notebook")}}
    )
    client.execute()
    shown = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            parts = [output.get("data", {"text/plain": output.get("text", "")}) for output in cell.outputs]
            shown.append({kind: text for part in parts for kind, text in part.items()})
    return shown


def test_every_cell_shows_what_it_ends_with(outputs: list[dict[str, str]]) -> None:
    assert '<th scope="row">first.kernel_size</th><td>choice of 1, 3, 5</td>' in outputs[0]["text/html"]
    assert "accuracy max, macs min: " in outputs[2]["text/html"]
    figures = [output["image/svg+xml"] for output in outputs if "image/svg+xml" in output]
    titles = ["Network", "accuracy over macs", "Networks of the front", "hypervolume over evaluations"]
    titles += ["Importance for accuracy", "Hyper-parameters and objectives of the trials"]
    assert [figure.partition("<title>")[2].partition("</title>")[0] for figure in figures] == titles
    assert outputs[-2]["text/html"].startswith('<table><thead><tr><th scope="col">trial</th>')
    assert int(outputs[-1]["text/plain"]) > 100


def test_the_notebook_is_kept_without_outputs() -> None:
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    assert [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
