"""Weights from a file: full width, by name and shape, nothing in the file is run, what did not match is said."""

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
    state = made(Residual, 2).state_dict()
    del state["head.weight"], state["head.bias"]
    state["stem.0.weight"] = torch.zeros(9, 3, 3, 3)
    state |= {f"fc.{index}": torch.zeros(1) for index in range(6)}
    torch.save({"state_dict": state}, file)
    message = (
        f"init_model_file: {file!r}: of another shape: 'stem.0.weight'; not in the file: 'head.weight', 'head.bias'; "
        "not in the model: 'fc.0', 'fc.1', 'fc.2', 'fc.3' and 2 more"
    )
    with pytest.warns(PruneWarning) as warned:
        Prune(init_model_file=file)(made(Residual), IMAGE)
    assert [str(warning.message) for warning in warned] == [message]
    with refused(message):
        Prune(init_model_file=file, strict=True)(made(Residual), IMAGE)


def test_a_missing_file_says_what_it_is_for_and_is_not_needed_without_weights():
    message = (
        "init_model_file: there is no file './bestmodel.pth', from which the weights that are pruned are read; "
        "give its path, or build without weights"
    )
    with refused(message):
        Prune(init_model_file="./bestmodel.pth")(made(Residual), IMAGE)
    assert Prune(**HALF, init_model_file="./bestmodel.pth", weights=False)(made(Residual), IMAGE)


class Runs:
    def __reduce__(self):
        return print, ("this was run",)


@pytest.mark.parametrize(
    "held",
    [Runs(), [1, 2], {"epoch": 3}, {"x": torch.zeros(2), "epoch": 3}],
    ids=["code", "list", "numbers", "weights and numbers"],
)
def test_a_file_that_holds_anything_but_weights_is_refused_and_not_run(tmp_path, capsys, held):
    file = str(tmp_path / "full.pth")
    torch.save(held, file)
    message = f"init_model_file: {file!r} holds no weights; write it with torch.save(model.state_dict(), ...)"
    with refused(message):
        Prune(init_model_file=file)(made(Residual), IMAGE)
    assert not capsys.readouterr().out


def test_weights_of_another_model_are_refused(tmp_path):
    file = str(tmp_path / "full.pth")
    torch.save({"x": torch.zeros(2)}, file)
    message = f"init_model_file: nothing in {file!r} has the name and shape of a weight of this model"
    with refused(message):
        Prune(init_model_file=file)(made(Residual), IMAGE)
