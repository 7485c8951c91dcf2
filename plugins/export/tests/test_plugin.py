"""The plugin is in order, and `fgspace export` finds the network of a trial and its weights."""

import json

import pytest
import torch

NETWORK = """\
search_space:
  modules: [conv, relu, flat, head]
  input_shape: [3, 6, 6]
  conv: {type: Conv2d, out_channels: 4, kernel_size: 3}
  relu: {type: ReLU}
  flat: {type: Flatten}
  head: {type: Linear, out_features: 2}
"""
STATE = {"conv.weight": (4, 3, 3, 3), "conv.bias": (4,), "head.weight": (2, 64), "head.bias": (2,)}


@pytest.fixture
def run_folder(tmp_path):
    """Return the folder of a search whose front has the trials 3 and 12."""
    for number in (3, 12):
        place = tmp_path / "run" / "front" / str(number)
        place.mkdir(parents=True)
        (place / "description.yaml").write_text(NETWORK)
        torch.save({name: torch.full(size, number / 10) for name, size in STATE.items()}, place / "weights.pt")
    return tmp_path / "run"


def test_the_network_of_a_trial_is_exported_from_the_folder_of_its_search(fgspace, run_folder):
    done = fgspace("export", "run", "--trial", "12", "--format", "torch")
    place = "run/front/12/description.torch"
    assert (done.returncode, done.stdout) == (0, f"{place}\nweights: run/front/12/weights.pt\n")
    assert done.stderr == "torch: outputs are equal to torch's on 12 random inputs; no real ones were at hand\n"
    assert json.loads((run_folder.parent / place / "checked.json").read_text())["params"] == 242
    weights = torch.load(run_folder.parent / place / "weights.pt", weights_only=True)
    assert float(weights["conv.bias"][0]) == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "run: the front has the trials 3, 12; choose one by --trial"),
        (["run", "--trial", "4"], "--trial: 4 is not on the front, whose networks alone are kept: 3, 12"),
        (
            ["run/front/3/description.yaml", "--trial", "3"],
            "--trial: 'run/front/3/description.yaml' is a file; name the folder of a search, which has trials",
        ),
        (
            ["."],
            ".: holds no network; expected the folder of a search that is finished, or one with description.yaml",
        ),
        (
            ["run/front/3", "--format", "onnx", "--option", "opse=18"],
            "--option opse: onnx has no option 'opse'; did you mean 'opset'?",
        ),
    ],
)
def test_what_names_no_network_is_said(fgspace, run_folder, arguments, message):
    done = fgspace("export", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{message}\n")
