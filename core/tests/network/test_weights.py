"""Weights of a file: by name and shape, with or without a prefix, out of checkpoints; what does not match is said."""

import json
import re
import warnings
from collections import OrderedDict

import fgspace
import pytest
import torch
from torch import nn


def network(widths=(4, 8), classes=3):
    """Return a small network of convolutions with norms, and a head."""
    first, second = widths
    return nn.Sequential(
        OrderedDict(
            stem=nn.Sequential(nn.Conv2d(3, first, 3), nn.BatchNorm2d(first)),
            body=nn.Sequential(nn.Conv2d(first, second, 3), nn.BatchNorm2d(second)),
            head=nn.Linear(second, classes),
        )
    )


def different(state):
    return {name: tensor + 1 for name, tensor in state.items()}


@pytest.fixture
def file(tmp_path):
    return str(tmp_path / "mynet.pth")


@pytest.fixture
def refusal(file):
    """Return the error with which loading what is given is refused."""

    def refusal(held, model=None, **options):
        torch.save(held, file)
        with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is asserted whole
            fgspace.load_weights(network() if model is None else model, file, **options)
        return str(raised.value).replace(file, "mynet.pth")

    return refusal


RENAMED = {
    "as they are": lambda name: name,
    "with the prefix of a part": lambda name: f"net.{name}",
    "with the prefixes of parts in parts": lambda name: f"outer.net.{name}",
    "of DataParallel": lambda name: f"module.{name}",
    "of torch.compile": lambda name: f"_orig_mod.{name}",
    "of both": lambda name: f"_orig_mod.module.{name}",
    "of DataParallel around a part": lambda name: name.replace("body.", "body.module."),
    "of DataParallel around a part with a prefix": lambda name: "net." + name.replace("body.", "body.module."),
}


@pytest.mark.parametrize("rename", RENAMED.values(), ids=RENAMED)
@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a part"])
@pytest.mark.parametrize("strict", [None, True, False])
def test_names_match_with_and_without_a_prefix(file, rename, inside, strict):
    state = different(network().state_dict())
    torch.save({rename(name): tensor for name, tensor in state.items()}, file)
    model = nn.ModuleDict({"mine": network()}) if inside else network()
    assert fgspace.load_weights(model, file, strict=strict) == ""
    loaded = (model["mine"] if inside else model).state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in state.items())


HELD = {
    "state_dict": lambda state: {"epoch": 3, "state_dict": state, "optimizer": {"state": {}, "param_groups": [{}]}},
    "model": lambda state: {"model": state, "lr": 0.1},
    "model and state_dict": lambda state: {"model": {"state_dict": state}},
    "ema beside": lambda state: {"state_dict_ema": {"a": torch.zeros(1)}, "state_dict": state},
    "a name of its own": lambda state: {"epoch": 3, "best_student": state},
}


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
def test_a_checkpoint_that_holds_more_gives_its_weights(file, held):
    state = different(network().state_dict())
    torch.save(held(state), file)
    model = network()
    assert fgspace.load_weights(model, file) == ""
    assert torch.equal(model.head.weight, state["head.weight"])


def test_the_larger_network_of_a_file_gives_the_part_that_is_described(file):
    state = different(network().state_dict())
    torch.save({**{f"backbone.{name}": one for name, one in state.items()}, "fc.weight": torch.zeros(9, 8)}, file)
    model = network()
    told = fgspace.load_weights(model, file)
    assert told == f"weights: 1 tensor of {file!r} is not in the network: 'fc.weight'"
    assert torch.equal(model.head.weight, state["head.weight"])


def test_of_two_prefixes_that_fit_by_name_the_one_that_fits_by_shape_is_taken(file):
    state = different(network().state_dict())
    torch.save(state, file)
    model = nn.ModuleDict({"small": network((2, 3), 5), "large": network()})
    told = fgspace.load_weights(model, file, strict=False)
    assert told.startswith(f"weights: 14 of the network's 28 tensors do not match {file!r}: 'small.stem.0.weight' (not")
    assert torch.equal(model["large"].head.weight, state["head.weight"])


def test_a_network_of_other_widths_is_refused_and_the_first_five_are_named(refusal, file):
    state = network((8, 16), 3).state_dict()
    told = (
        "init_model_file: 13 of the network's 14 tensors do not match 'mynet.pth': "
        "'stem.0.weight' (4×3×3×3, in the file 8×3×3×3), 'stem.0.bias' (4, in the file 8), "
        "'stem.1.weight' (4, in the file 8), 'stem.1.bias' (4, in the file 8), "
        "'stem.1.running_mean' (4, in the file 8) and 8 more"
    )
    advice = "give the weights of this network, or write strict: false where this is wanted"
    assert refusal(state, option="init_model_file") == f"{told}; {advice}"
    assert refusal(state, option="init_model_file", strict=True) == f"{told}; give the weights of exactly this network"
    torch.save(state, file)
    model = network()
    assert fgspace.load_weights(model, file, option="init_model_file", strict=False).replace(file, "mynet.pth") == told
    assert torch.equal(model.head.bias, state["head.bias"])


def test_a_whole_layer_that_does_not_match_is_refused_however_small_it_is(refusal):
    state = network((64, 64), 3).state_dict()
    state["head.weight"], state["head.bias"] = torch.zeros(5, 64), torch.zeros(5)
    assert refusal(state, network((64, 64), 3)) == (
        "weights: 2 of the network's 14 tensors do not match 'mynet.pth': "
        "'head.weight' (3×64, in the file 5×64), 'head.bias' (3, in the file 5); "
        "give the weights of this network, or write strict: false where this is wanted"
    )


def test_a_layer_of_which_only_the_bias_matches_is_refused(refusal):
    state = network((64, 64), 3).state_dict()
    state["head.weight"] = torch.zeros(3, 32)
    assert refusal(state, network((64, 64), 3)) == (
        "weights: 1 of the network's 14 tensors does not match 'mynet.pth': 'head.weight' (3×64, in the file 3×32); "
        "give the weights of this network, or write strict: false where this is wanted"
    )


def test_a_norm_without_its_statistics_is_refused_by_their_number(refusal):
    state = {name: one for name, one in network().state_dict().items() if "running" not in name}
    assert refusal(state).startswith("weights: 4 of the network's 14 tensors do not match 'mynet.pth': 'stem.1.runn")


def test_a_single_tensor_that_is_missing_is_said_and_refused_under_strict(refusal, file):
    state = network((64, 64)).state_dict()
    del state["head.bias"]
    state["other"] = torch.zeros(1)
    told = (
        "weights: 1 of the network's 14 tensors does not match 'mynet.pth': 'head.bias' (not in the file); "
        "1 tensor of 'mynet.pth' is not in the network: 'other'"
    )
    torch.save(state, file)
    assert fgspace.load_weights(network((64, 64)), file).replace(file, "mynet.pth") == told
    assert refusal(state, network((64, 64)), strict=True) == f"{told}; give the weights of exactly this network"


def test_counters_of_norms_are_not_missed_and_other_types_of_float_are_taken(file):
    state = {name: one.half() for name, one in network().state_dict().items() if "num_batches" not in name}
    torch.save(state, file)
    model = network()
    assert fgspace.load_weights(model, file, strict=True) == ""
    assert model.head.weight.dtype == torch.float32


def test_whole_numbers_are_no_weights_of_a_float_network(refusal):
    state = network().state_dict()
    state["head.weight"] = torch.ones(3, 8, dtype=torch.int8)
    assert "'head.weight' (float32, in the file int8)" in refusal(state)


def test_tensors_that_a_network_shares_need_one_name(file):
    model = nn.ModuleDict({"embed": nn.Embedding(5, 4), "out": nn.Linear(4, 5, bias=False)})
    model["out"].weight = model["embed"].weight
    torch.save({"embed.weight": torch.ones(5, 4)}, file)
    assert fgspace.load_weights(model, file, strict=True) == ""
    assert bool((model["out"].weight == 1).all())


def test_former_names_that_a_module_reads_itself_match(file):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        former = nn.utils.weight_norm(nn.Linear(3, 2))
    torch.save(former.state_dict(), file)
    model = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))
    assert fgspace.load_weights(model, file, strict=True) == ""
    assert torch.equal(model.parametrizations.weight.original1, former.weight_v)


def test_a_network_without_values_is_compared_and_gets_none(refusal, file):
    torch.save(network().state_dict(), file)
    assert fgspace.load_weights(network().to("meta"), file, strict=True) == ""
    assert refusal(network((8, 16)).state_dict(), network().to("meta")).startswith("weights: 13 of the network's 14")


def test_a_network_without_weights_has_nothing_to_miss(file):
    torch.save({}, file)
    assert fgspace.load_weights(nn.ReLU(), file, strict=True) == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: one.index_fill(1, torch.tensor(2), torch.nan), "3 of 24 numbers are NaN"),
        (lambda one: one.index_fill(1, torch.tensor(2), torch.inf), "3 of 24 numbers are infinite"),
    ],
)
def test_weights_of_a_training_that_diverged_are_refused(refusal, change, message):
    state = {f"net.{name}": tensor for name, tensor in network().state_dict().items()}
    state["net.head.weight"] = change(state["net.head.weight"])
    advice = "give weights of a training that converged"
    assert refusal(state, strict=False) == f"weights: 'net.head.weight' in 'mynet.pth': {message}; {advice}"


def test_complex_weights_are_refused_but_where_the_network_has_them(refusal, file):
    state = {"weight": torch.zeros(2, 3, dtype=torch.complex64), "bias": torch.zeros(2)}
    message = "weights: 'weight' in 'mynet.pth' is complex, and the network's is not; save its real part"
    assert refusal(state, nn.Linear(3, 2)) == message
    torch.save({**state, "bias": state["bias"].to(torch.complex64)}, file)
    assert fgspace.load_weights(nn.Linear(3, 2, dtype=torch.complex64), file) == ""


def test_a_mask_may_be_infinite(file):
    model = nn.Linear(3, 2)
    model.register_buffer("mask", torch.full((3, 3), -torch.inf))
    torch.save(model.state_dict(), file)
    assert fgspace.load_weights(model, file, strict=True) == ""


class Runs:
    def __reduce__(self):
        return print, ("this was run",)


WRITE = "write it with torch.save(model.state_dict(), file)"
UNREADABLE = f"'mynet.pth' holds no weights that can be read without running its code; {WRITE}"


@pytest.mark.parametrize(
    ("held", "message"),
    [
        (Runs(), UNREADABLE),
        (nn.Linear(2, 2), UNREADABLE),
        ([1, 2], f"'mynet.pth' holds no weights; {WRITE}"),
        ({"epoch": 3}, f"'mynet.pth' holds no weights; {WRITE}"),
        ({"x": torch.zeros(2), "epoch": 3}, f"'mynet.pth' holds no weights; {WRITE}"),
        (
            {"one": {"a": torch.zeros(1)}, "two": {"a": torch.zeros(1)}},
            "'mynet.pth' holds several sets of weights, 'one' and 'two'; save the one that is meant alone",
        ),
        (
            {f"x{index}": torch.zeros(2) for index in range(7)},
            "nothing in 'mynet.pth' has the name and shape of a weight of this network: it holds 'x0', 'x1', 'x2', "
            "'x3', 'x4' and 2 more, and the network has 'stem.0.weight', 'stem.0.bias', 'stem.1.weight', 'stem.1.bias',"
            " 'stem.1.running_mean' and 11 more; give the weights of this network",
        ),
    ],
)
@pytest.mark.parametrize("strict", [None, True, False])
def test_a_file_that_holds_none_of_its_weights_is_refused_and_not_run(refusal, capsys, held, message, strict):
    assert refusal(held, strict=strict) == f"weights: {message}"
    assert capsys.readouterr().out == ""


def test_a_file_that_is_not_there_or_damaged_is_named(tmp_path, file):
    def message(path, **options):
        with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is asserted whole
            fgspace.load_weights(network(), str(path), **options)
        return str(raised.value).replace(file, "mynet.pth")

    assert message(file) == "weights: 'mynet.pth' does not exist; give the path of a file of weights, or leave it out"
    told = f"path: {str(tmp_path)!r} is a folder; give the path of a file of weights, or write weights: false"
    assert message(tmp_path, option="path", otherwise="or write weights: false") == told
    for content in (b"", b"no weights", b"PK\x03\x04cut off"):
        (tmp_path / "mynet.pth").write_bytes(content)
        assert message(file) == f"weights: {UNREADABLE}"


def test_a_state_that_a_module_refuses_itself_is_told_in_its_words(refusal):
    class Picky(nn.Linear):
        def _load_from_state_dict(self, state, prefix, *rest):
            rest[-1].append("weights of another grid")

    assert refusal(nn.Linear(3, 2).state_dict(), Picky(3, 2)) == "weights: weights of another grid"


def test_files_of_safetensors_are_read(tmp_path):
    file, state = tmp_path / "mynet.safetensors", different(network().state_dict())
    file.write_bytes(in_safetensors({f"net.{name}": one for name, one in state.items()}))
    model = network()
    assert fgspace.load_weights(model, str(file), strict=True) == ""
    assert all(torch.equal(one, state[name]) for name, one in model.state_dict().items())


@pytest.mark.parametrize("cut", [lambda whole: whole[:-1], lambda whole: whole[:4], lambda whole: b"\xff" * 90])
def test_a_damaged_file_of_safetensors_is_refused(tmp_path, cut):
    file = tmp_path / "mynet.safetensors"
    file.write_bytes(cut(in_safetensors(network().state_dict())))
    message = f"weights: {str(file)!r} is no whole file of safetensors; write it with safetensors.torch.save_file"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        fgspace.load_weights(network(), str(file))


def in_safetensors(tensors):
    """Return tensors as the package safetensors writes them."""
    header, content = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        data, kind = tensor.numpy().tobytes(), {torch.float32: "F32", torch.int64: "I64"}[tensor.dtype]
        ends = [len(content), len(content) + len(data)]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": ends}
        content += data
    written = json.dumps(header).encode()
    return len(written).to_bytes(8, "little") + written + content
