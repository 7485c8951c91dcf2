"""Weights from a file: full width, of which the kept slices are copied; what did not match is said."""

import pytest
import torch
from fgspace_prune.process import Prune, PruneWarning
from messages import refused
from traps import IMAGE, Residual, made

HALF = {"masks": {"a.0": [1, 0, 1, 0, 1, 0]}, "strict": True}


@pytest.mark.parametrize("option", ["init_model_file", "path"])
def test_the_kept_slices_of_the_files_weights_are_copied(tmp_path, option):
    model, other = made(Residual, 1), made(Residual, 2)
    torch.save(other.state_dict(), tmp_path / "full.pth")
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    small = Prune(**HALF, **{option: str(tmp_path / "full.pth")})(model, IMAGE)
    assert torch.equal(small.a[0].weight, other.a[0].weight[::2])
    assert torch.equal(small.b[0].weight, other.b[0].weight[:, ::2])
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_what_does_not_match_is_a_warning_and_an_error_when_strict(tmp_path):
    file = str(tmp_path / "full.pth")
    state = {f"net.{name}": tensor for name, tensor in made(Residual, 2).state_dict().items()}
    del state["net.head.bias"]
    torch.save({"state_dict": {**state, "fc.weight": torch.zeros(1)}}, file)
    count = len(made(Residual).state_dict()) - sum("num_batches" in name for name in state)
    message = (
        f"init_model_file: 1 of the network's {count} tensors does not match {file!r}: 'head.bias' (not in the file); "
        f"1 tensor of {file!r} is not in the network: 'fc.weight'"
    )
    for strict in (None, False):
        with pytest.warns(PruneWarning) as warned:
            Prune(init_model_file=file, strict=strict)(made(Residual), IMAGE)
        assert [str(warning.message) for warning in warned] == [message]
    with refused(f"{message}; give the weights of exactly this network"):
        Prune(init_model_file=file, strict=True)(made(Residual), IMAGE)


def test_weights_of_a_layer_of_another_shape_are_refused_unless_they_are_wanted(tmp_path):
    file, model = str(tmp_path / "full.pth"), made(Residual)
    state = {**model.state_dict(), "head.weight": torch.zeros(7, 9), "head.bias": torch.zeros(7)}
    torch.save(state, file)
    count = sum("num_batches" not in name for name in state)
    shape = "×".join(map(str, model.head.weight.shape))
    message = (
        f"init_model_file: 2 of the network's {count} tensors do not match {file!r}: "
        f"'head.weight' ({shape}, in the file 7×9), 'head.bias' ({len(model.head.bias)}, in the file 7)"
    )
    with refused(f"{message}; give the weights of this network, or write strict: false where this is wanted"):
        Prune(init_model_file=file)(model, IMAGE)
    with pytest.warns(PruneWarning) as warned:
        Prune(init_model_file=file, strict=False)(model, IMAGE)
    assert [str(warning.message) for warning in warned] == [message]


def test_a_missing_file_is_not_needed_without_weights():
    message = (
        "init_model_file: './bestmodel.pth' does not exist; give the path of a file of weights, or write weights: false"
    )
    with refused(message):
        Prune(init_model_file="./bestmodel.pth")(made(Residual), IMAGE)
    assert Prune(**HALF, init_model_file="./bestmodel.pth", weights=False)(made(Residual), IMAGE)
