"""What the tests of this plugin measure with."""

import pytest
import torch
from fgspace.network.walk import Network
from fgspace.registry import load_registry


@pytest.fixture(autouse=True)
def seeded():
    """Draw the same numbers in every test, whatever ran before it."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def network():
    return Network(load_registry())
