"""What the tests of this plugin measure with."""

import sys
from pathlib import Path

import pytest
import torch
from fgspace.network.network import Network
from fgspace.plugins.registry import load_registry
from sklearn.datasets import load_digits

sys.path.insert(0, str(Path(__file__).parent))

from nets import Residual
from training import train


@pytest.fixture(autouse=True)
def seeded():
    """Draw the same numbers in every test, whatever ran before it."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def network():
    return Network(load_registry())


@pytest.fixture(scope="session")
def digits():
    """Images of digits, (1797, 1, 8, 8), and what they show, shuffled."""
    images, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    return torch.tensor(images, dtype=torch.float32).reshape(-1, 1, 8, 8)[order] / 16, torch.tensor(labels)[order]


@pytest.fixture(scope="session")
def trained(digits):
    """A small residual network that reads the first 1200 digits, in evaluation mode."""
    torch.manual_seed(0)
    images, labels = digits
    model = Residual()
    train(model, images[:1200], labels[:1200], epochs=6)
    return model.eval()
