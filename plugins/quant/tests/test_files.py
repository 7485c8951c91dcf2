"""Weights of the float model read from a file, and what is said where they do not fit."""

import re

import pytest
import torch
from fgspace_quant.process import Quant, QuantWarning
from nets import PreActivated, Residual, made

SHAPE = (1, 8, 8)


def test_weights_come_from_the_file_and_the_model_itself_stays(tmp_path):
    source, file = made(Residual), str(tmp_path / "weights.pt")
    torch.save(source.state_dict(), file)
    model = Residual().eval()
    before = model.head.weight.clone()
    quantised = Quant(8, 8, init_model_file=file)(model, SHAPE)
    assert torch.equal(quantised.model.head.weight, source.head.weight)
    assert torch.equal(model.head.weight, before)


def test_without_weights_the_file_need_not_be_there():
    Quant(8, 8, init_model_file="nowhere.pt", weights=False)(made(Residual), SHAPE)


def test_what_does_not_match_is_warned_of_and_refused_under_strict(tmp_path):
    model, file = made(PreActivated), str(tmp_path / "weights.pt")
    weights = model.state_dict()
    del weights["head.bias"]
    torch.save({**weights, "side.weight": torch.zeros(1), "extra": torch.zeros(1)}, file)
    said = (
        f"init_model_file: {file!r}: not from the file: 'side.weight', 'head.bias'; "
        "not taken from it: 'side.weight', 'extra'"
    )
    with pytest.warns(QuantWarning, match=f"^{re.escape(said)}$"):
        Quant(8, 8, init_model_file=file)(model, SHAPE)
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        Quant(8, 8, init_model_file=file, strict=True)(model, SHAPE)


@pytest.mark.parametrize(
    ("held", "message"),
    [
        (
            None,
            "init_model_file: there is no file {file!r}: the weights that are quantised are read from it; "
            "give its path, or build without weights",
        ),
        (
            [1, 2],
            "init_model_file: {file!r} holds no weights; write it by torch.save(model.state_dict(), file)",
        ),
        (
            {"other": torch.zeros(1)},
            "init_model_file: nothing in {file!r} has the name and shape of a weight of this model",
        ),
    ],
    ids=["missing", "no weights", "others"],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, held, message):
    file = str(tmp_path / "weights.pt")
    if held is not None:
        torch.save(held, file)
    with pytest.raises(ValueError, match=f"^{re.escape(message.format(file=file))}$"):
        Quant(8, 8, init_model_file=file)(made(Residual), SHAPE)


def test_nothing_in_a_file_is_ever_run(tmp_path):
    file = tmp_path / "weights.pt"
    torch.save({"model": made(Residual)}, file)
    message = f"init_model_file: {str(file)!r} holds no weights; write it by torch.save(model.state_dict(), file)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Quant(8, 8, init_model_file=str(file))(made(Residual), SHAPE)
