"""Common mistakes in descriptions of pruning and quantisation: the whole error message."""
# ruff: noqa: E501 - a message is one line, as the user sees it

import pytest
from fgspace.cli import main

FILE = """\
search_space:
  type: FineGrainedSpace
  hyper_parameters:
    HERE
  modules: [net, PROCESS]
  net: {type: ResNet, num_reps: [1, 1, 1], depth: 20, small_input: true}
  PROCESS: {type: PROCESS, OPTIONS}
"""
LAYERS = (
    "0 'net.init_block.conv', 1 'net.layers.layers_0.residual.conv.conv1', 2 'net.layers.layers_0.residual.conv.conv2', "
    "3 'net.layers.layers_1.residual.conv.conv1', 4 'net.layers.layers_1.residual.conv.conv2', "
    "5 'net.layers.layers_1.residual.shortcut.conv', 6 'net.layers.layers_2.residual.conv.conv1', "
    "7 'net.layers.layers_2.residual.conv.conv2', 8 'net.layers.layers_2.residual.shortcut.conv', 9 'net.head.linear'"
)
FIRST = "net.layers.layers_0.residual.conv.conv1"


def said(tmp_path, monkeypatch, capsys, process, options, apart="") -> str:
    """Return the errors that `fgspace build` prints for a network with this process."""
    monkeypatch.chdir(tmp_path)
    text = FILE.replace("HERE", apart).replace("OPTIONS", options).replace("PROCESS", process)
    (tmp_path / "net.yaml").write_text(text.replace(", }", "}"))
    assert main(["build", "net.yaml"]) == 2
    return capsys.readouterr().err.rstrip()


@pytest.mark.parametrize(
    ("process", "options", "message"),
    [
        ("Prune", "ratio: 0.5", "7:24: Prune: Prune has no parameter 'ratio'; did you mean 'ratios'?"),
        ("Prune", "ratios: 1.0", "7:32: Prune: ratios: expected the share that is cut, from 0 to below 1, got 1.0"),
        ("Prune", "ratios: {init_block.conv: 0.5}", "7:32: Prune: ratios: no layer 'init_block.conv' makes channels that can be cut; did you mean 'net.init_block.conv'?"),
        ("Prune", "criterion: L1", "7:35: Prune: criterion: expected one of 'l1', 'l2', 'bn_scale', 'taylor', 'random', got 'L1'"),
        ("Prune", "widths: [8, 8]", "7:32: Prune: widths: expected 6 numbers, one a group, got 2"),
        ("Prune", "widths: {net.init_block.conv: 17}", "7:32: Prune: widths: expected 1 to 16 channels of 'net.init_block.conv', got 17"),
        ("Prune", "masks: [[1, 0]]", "7:31: Prune.masks: expected dict[str, list[int]] or null, got [[1, 0]]"),
        ("Prune", "masks: {net.init_block.conv: [1, 2]}", "7:31: Prune: masks: the row has 2 for 'net.init_block.conv'; write 1 to keep a channel, 0 to cut it"),
        ("Prune", "init_model_file: nowhere.pth", "7:41: Prune: init_model_file: 'nowhere.pth' does not exist; give the path of a file of weights, or write weights: false"),
        ("Quant", "nbits: 4", "7:24: Quant: Quant has no parameter 'nbits'; did you mean 'nbit_w_list'?"),
        ("Quant", "nbit_w_list: 16", "7:37: Quant: nbit_w_list: expected 2 to 8 bits, or 32 for none, got 16"),
        ("Quant", "nbit_w_list: '8'", "7:37: Quant.nbit_w_list: expected int or list[int] or dict[str, int], got '8'"),
        ("Quant", "nbit_w_list: {net.layers_0: 4}", f"7:37: Quant: nbit_w_list: 'net.layers_0' is no layer; the layers are {LAYERS}"),
        ("Quant", "nbit_a_list: [4, 4, 4]", f"7:37: Quant: nbit_a_list: expected 10 values, one a layer, or 8, for all but the first and the last, got 3; the layers are {LAYERS}"),
        ("Quant", "method: LSQ", "7:32: Quant.method: expected 'affine' or 'lsq' or 'pact' or 'dorefa' or 'wrpn' or 'xnor' or 'bireal', got 'LSQ'"),
    ],
)  # fmt: skip
def test_a_mistake_is_answered_with_its_place_and_what_to_do(tmp_path, monkeypatch, capsys, process, options, message):
    assert said(tmp_path, monkeypatch, capsys, process, options) == f"net.yaml:{message}"


@pytest.mark.parametrize(
    ("apart", "message"),
    [
        ("Prune.mask:", "Prune.mask: names nothing: Prune has no parameter 'mask'; did you mean 'masks'?"),
        ("prune.masks:", "prune.masks: names nothing: the space has no 'prune'; did you mean 'Prune'?"),
        ("Prune.criterion:", "Prune.criterion: has no declared domain; write one"),
        ("net.masks:", "net.masks: names nothing: ResNet has no parameter 'masks'"),
    ],
)
def test_a_hyper_parameter_that_is_none_is_told(tmp_path, monkeypatch, capsys, apart, message):
    assert said(tmp_path, monkeypatch, capsys, "Prune", "", apart) == f"net.yaml:4:5: {message}"


def test_each_row_that_does_not_fit_is_told_with_its_place(tmp_path, monkeypatch, capsys):
    rows = [[0] * 16, [0] * 32, [1] * 65]
    told = said(tmp_path, monkeypatch, capsys, "Prune", f"chn_mask: {rows}, strict: true")
    assert told.splitlines() == [
        f"net.yaml:7:34: Prune: chn_mask: row 0 cuts all 16 channels of {FIRST!r}; keep at least one",
        f"net.yaml:7:34: Prune: chn_mask: row 1 cuts all 32 channels of {FIRST.replace('_0', '_1')!r}; keep at least one",
        f"net.yaml:7:34: Prune: chn_mask: row 2 has 65 entries for the 64 channels of {FIRST.replace('_0', '_2')!r};"
        " leave out the last 1",
    ]


@pytest.mark.filterwarnings("default")
def test_what_does_not_fit_is_warned_of_once(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = FILE.replace("  hyper_parameters:\n    HERE\n", "").replace("OPTIONS", f"chn_mask: {[[1]] * 6}")
    (tmp_path / "net.yaml").write_text(text.replace("PROCESS", "Prune"))
    assert main(["build", "net.yaml"]) == 0
    last = "net.layers.layers_2.residual.shortcut.conv"
    assert capsys.readouterr().err == (
        f"warning: chn_mask: has 6 rows for 5 layers, the last of them {last!r}; leave out the last 1\n"
    )
