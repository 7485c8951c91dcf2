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
    weights = {f"module.{name}": tensor for name, tensor in model.state_dict().items()}
    del weights["module.head.bias"]
    torch.save({**weights, "extra": torch.zeros(1)}, file)
    count = sum("num_batches" not in name for name in model.state_dict())
    said = (
        f"init_model_file: 1 of the network's {count} tensors does not match {file!r}: 'head.bias' (not in the file); "
        f"1 tensor of {file!r} is not in the network: 'extra'"
    )
    with pytest.warns(QuantWarning, match=f"^{re.escape(said)}$"):
        Quant(8, 8, init_model_file=file)(model, SHAPE)
    with pytest.raises(ValueError, match=f"^{re.escape(said)}; give the weights of exactly this network$"):
        Quant(8, 8, init_model_file=file, strict=True)(model, SHAPE)


def test_weights_of_another_network_are_refused_unless_they_are_wanted(tmp_path):
    model, file = made(Residual), str(tmp_path / "weights.pt")
    torch.save({name: tensor for name, tensor in model.state_dict().items() if "head" not in name}, file)
    count = sum("num_batches" not in name for name in model.state_dict())
    said = (
        f"init_model_file: 2 of the network's {count} tensors do not match {file!r}: 'head.weight' (not in the file), "
        "'head.bias' (not in the file)"
    )
    advice = "give the weights of this network, or write strict: false where this is wanted"
    with pytest.raises(ValueError, match=f"^{re.escape(said)}; {advice}$"):
        Quant(8, 8, init_model_file=file)(model, SHAPE)
    with pytest.warns(QuantWarning, match=f"^{re.escape(said)}$"):
        Quant(8, 8, init_model_file=file, strict=False)(model, SHAPE)


def test_a_file_that_is_missing_is_named_with_the_way_to_go_without(tmp_path):
    file = str(tmp_path / "weights.pt")
    told = f"init_model_file: {file!r} does not exist; give the path of a file of weights, or write weights: false"
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        Quant(8, 8, init_model_file=file)(made(Residual), SHAPE)
