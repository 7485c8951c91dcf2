"""The fixtures that count parameters and multiply-adds: by rule, and by running a module."""

import pytest
import torch
from fgspace.network.network import Network
from fgspace.plugins.registry import load_registry
from torch.utils.flop_counter import FlopCounterMode


@pytest.fixture(scope="session")
def network():
    return Network(load_registry())


@pytest.fixture(scope="session")
def measured():
    """Return a function that runs a module and counts: parameters, multiply-adds and output shape without the batch."""

    def measure(module, input_shape):
        device = next(module.parameters()).device
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            out = module.eval()(torch.empty(1, *input_shape, device=device))
        params = sum(parameter.numel() for parameter in module.parameters())
        return params, counter.get_total_flops() // 2, tuple(out.shape[1:])

    return measure
