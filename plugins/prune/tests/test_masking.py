"""Masked channels stay at zero while a model is trained, copied, saved and loaded."""

import copy
import io
import pickle

import pytest
import torch
from fgspace_prune.finding import plan
from fgspace_prune.process import Prune
from torch import nn
from traps import IMAGE, Depthwise, Grouped, LayerScale, Plain, Residual, SqueezeConv, made

NETS = [Residual, Depthwise, Grouped, LayerScale, SqueezeConv, Plain]


def zeros(model, like):
    """Return for each parameter the number of entries that are zero here and not in the full model."""
    full = dict(like.named_parameters())
    return {name: int(((p == 0) & (full[name] != 0)).sum()) for name, p in model.named_parameters()}


def train(model, make, steps=10):
    optimizer = make(model.parameters())
    model.train()
    for step in range(steps):
        torch.manual_seed(step)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(torch.randn(4, *IMAGE)), torch.arange(4) % 5).backward()
        optimizer.step()
    return model


OPTIMIZERS = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, 0.1, momentum=0.9, weight_decay=1e-2, nesterov=True),
    "adamw": lambda parameters: torch.optim.AdamW(parameters, 0.01),
}


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("net", NETS)
def test_after_training_steps_masked_entries_are_still_exactly_zero(net, make):
    model = made(net)
    masked = Prune(ratios=0.5, physical=False)(model, IMAGE)
    before = zeros(masked, model)
    assert any(before.values())
    where = {name: p == 0 for name, p in masked.named_parameters()}
    trained = dict(train(masked, make).named_parameters())
    assert all((trained[name][zero] == 0).all() for name, zero in where.items())
    assert any((trained[name] != p).any() for name, p in model.named_parameters())


@pytest.mark.parametrize("net", NETS)
def test_the_masked_and_the_small_network_train_alike(net):
    model = made(net, dtype=torch.float64)
    torch.set_default_dtype(torch.float64)
    try:
        small, masked = (Prune(ratios=0.5, physical=physical)(model, IMAGE) for physical in (True, False))
        outputs = []
        for network in (small, masked):
            train(network, OPTIMIZERS["sgd"], 5)
            outputs.append(network.eval()(torch.ones(2, *IMAGE)))
    finally:
        torch.set_default_dtype(torch.float32)
    assert torch.allclose(*outputs, rtol=1e-8, atol=1e-8)


AGAIN = {"copy": copy.deepcopy, "pickle": lambda model: pickle.loads(pickle.dumps(model))}


@pytest.mark.parametrize("again", AGAIN.values(), ids=AGAIN)
def test_a_copy_of_a_masked_model_keeps_its_zeros(again):
    model = made(Plain)  # behind its sigmoid, which is not zero at zero, only a hook keeps the zeros
    masked = Prune(ratios=0.5, physical=False)(model, IMAGE)
    copied = train(again(masked), OPTIMIZERS["sgd"])
    assert zeros(copied, model) == zeros(masked, model)


@pytest.mark.parametrize("again", [lambda model: model, *AGAIN.values()], ids=["itself", *AGAIN])
def test_a_masked_model_is_hooked_once_however_often_it_runs(again):
    model = again(Prune(ratios=0.5, physical=False)(made(Plain), IMAGE))
    for _ in range(3):
        model(torch.ones(2, *IMAGE))
    hooks = {name: len(parameter._backward_hooks or ()) for name, parameter in model.named_parameters()}
    assert set(hooks.values()) == {0, 1}
    assert hooks["a.0.weight"] == 1


def test_full_weights_loaded_into_a_masked_model_are_masked_again():
    model = made(Residual)
    masked = Prune(ratios=0.5, physical=False)(model, IMAGE)
    expected = masked(torch.ones(2, *IMAGE))
    masked.load_state_dict(model.state_dict())
    assert torch.equal(masked(torch.ones(2, *IMAGE)), expected)


@pytest.mark.parametrize("net", NETS)
def test_weights_of_a_masked_model_bring_their_cut_channels_into_one_that_was_masked_by_other_weights(net):
    source = Prune(ratios=0.5, physical=False)(made(net, 1), IMAGE)
    masked = Prune(ratios=0.5, physical=False)(made(net, 2), IMAGE)
    masked.load_state_dict(source.state_dict())
    assert torch.equal(masked(torch.ones(2, *IMAGE)), source(torch.ones(2, *IMAGE)))
    zero = {name: parameter == 0 for name, parameter in source.named_parameters()}
    trained = dict(train(masked, OPTIMIZERS["sgd"]).named_parameters())
    assert all((trained[name][where] == 0).all() for name, where in zero.items())
    assert any((trained[name] != parameter).any() for name, parameter in source.named_parameters())


def test_a_masked_model_has_the_state_of_the_full_one_and_is_saved_without_code():
    model = made(Residual)
    masked = Prune(ratios=0.5, physical=False)(model, IMAGE)
    buffer = io.BytesIO()
    torch.save(masked.state_dict(), buffer)
    buffer.seek(0)
    state = torch.load(buffer, weights_only=True)
    assert {name: tensor.shape for name, tensor in state.items()} == {
        name: tensor.shape for name, tensor in model.state_dict().items()
    }


def test_a_masked_model_without_cut_channels_has_no_hooks():
    model = made(Residual)
    masked = Prune(ratios=0.0, physical=False)(model, IMAGE)
    assert not masked._forward_pre_hooks
    assert all(not parameter._backward_hooks for parameter in masked.parameters())
    assert plan(model, IMAGE).groups
