"""Optimisers and schedulers of torch by name, and what is said of what does not fit."""

import pytest
import torch
from fgspace_vision.optimisers import check_options, make_optimizer, make_scheduler
from torch.optim import lr_scheduler

SGD = {"type": "SGD", "lr": 0.1}


def weights() -> list[torch.nn.Parameter]:
    return [torch.nn.Parameter(torch.ones(2, 2))]


def rates(described: dict, epochs: int, batches: int) -> list[float]:
    """Return the learning rate at every batch of a training."""
    optimizer = make_optimizer(weights(), SGD)
    scheduler, by_batch = make_scheduler(optimizer, described, epochs, batches)
    found = []
    for _ in range(epochs):
        for _ in range(batches):
            found.append(scheduler.get_last_lr()[0])
            optimizer.step()
            if by_batch:
                scheduler.step()
        if not by_batch:
            scheduler.step()
    return found


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "NAdam", "RAdam", "Adamax", "Adadelta"])
def test_an_optimiser_is_torchs_own_with_the_parameters_given(name):
    optimizer = make_optimizer(weights(), {"type": name, "lr": 0.25, "weight_decay": 0.125})
    assert type(optimizer) is getattr(torch.optim, name)
    assert (optimizer.defaults["lr"], optimizer.defaults["weight_decay"]) == (0.25, 0.125)


def test_what_is_described_is_left_as_it_was():
    described = {"type": "OneCycleLR", "step": "batch"}
    make_scheduler(make_optimizer(weights(), SGD), described, 2, 3)
    assert described == {"type": "OneCycleLR", "step": "batch"}


def test_cosine_fills_in_the_whole_training_by_batches():
    optimizer = torch.optim.SGD(weights(), lr=0.1)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=12)
    expected = []
    for _ in range(12):
        expected.append(cosine.get_last_lr()[0])
        optimizer.step()
        cosine.step()
    assert rates({"type": "CosineAnnealingLR"}, 3, 4) == expected


def test_cosine_by_epochs_fills_in_the_epochs():
    by_epoch = rates({"type": "CosineAnnealingLR", "step": "epoch"}, 4, 2)
    assert by_epoch == rates({"type": "CosineAnnealingLR", "T_max": 4}, 4, 2)
    assert by_epoch[::2] == by_epoch[1::2] == pytest.approx([0.1, 0.0853553, 0.05, 0.0146447], abs=1e-6)


def test_one_cycle_rises_to_the_optimisers_rate_and_falls_to_nothing():
    found = rates({"type": "OneCycleLR"}, 5, 20)
    assert max(found) == pytest.approx(0.1, rel=0.01)
    assert found[0] == pytest.approx(0.004)
    assert found[-1] < 1e-5


def test_a_schedule_of_its_own_length_steps_by_epoch():
    assert rates({"type": "StepLR", "step_size": 1, "gamma": 0.5}, 3, 2) == [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]
    assert rates({"type": "StepLR", "step_size": 1, "gamma": 0.5, "step": "batch"}, 1, 3) == [0.1, 0.05, 0.025]


@pytest.mark.parametrize(
    ("optimizer", "scheduler", "message"),
    [
        ({"type": "SDG"}, None, "optimizer: torch has no 'SDG'; did you mean 'SGD'?"),
        ({"type": "Optimizer"}, None, "optimizer: torch has no 'Optimizer'"),
        ({"lr": 0.1}, None, "optimizer has no type; write {type: SGD, ...}"),
        (
            {"type": "SGD", "learning_rate": 0.1},
            None,
            "optimizer: SGD has no parameter 'learning_rate'; it takes lr, momentum, dampening, weight_decay, "
            "nesterov, maximize, foreach, differentiable, fused",
        ),
        (
            {"type": "SGD", "momentun": 0.1},
            None,
            "optimizer: SGD has no parameter 'momentun'; did you mean 'momentum'?",
        ),
        ({"type": "SGD", "lr": -1.0}, None, "optimizer: SGD: Invalid learning rate: -1.0"),
        (
            {"type": "LBFGS"},
            None,
            "optimizer: LBFGS cannot be used here, it evaluates the loss several times a step; choose another",
        ),
        (SGD, {"type": "CosineLR"}, "lr_scheduler: torch has no 'CosineLR'; did you mean 'CosineAnnealingLR'?"),
        (SGD, {"T_max": 3}, "lr_scheduler has no type; write {type: CosineAnnealingLR, ...}"),
        (SGD, {"type": "StepLR"}, "lr_scheduler: StepLR needs 'step_size'"),
        (
            SGD,
            {"type": "StepLR", "step_size": 1, "step": "day"},
            "lr_scheduler: step is 'day', expected 'epoch' or 'batch'",
        ),
        (
            SGD,
            {"type": "ReduceLROnPlateau"},
            "lr_scheduler: ReduceLROnPlateau cannot be used here, it follows a metric, and training measures none "
            "before its end; choose another",
        ),
        (
            SGD,
            {"type": "OneCycleLR", "pct_start": 7.0},
            "lr_scheduler: OneCycleLR: Expected float between 0 and 1 pct_start, but got 7.0",
        ),
    ],
)
def test_what_does_not_fit_is_said(optimizer, scheduler, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the whole message follows
        check_options(optimizer, scheduler)
    assert str(caught.value) == message


def test_the_defaults_fit():
    check_options(None, None)
