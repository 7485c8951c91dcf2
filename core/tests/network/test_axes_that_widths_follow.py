"""Input widths that follow another axis than the first: `InWidth(axis=-1)`."""

from typing import Annotated

import pytest
import torch
from fgspace import FineGrainedSpace, InWidth, PartError
from fgspace import nn as parts
from torch import nn


class Mixer(nn.Module):
    """Mixes tokens (L, C) along both axes."""

    def __init__(self, length: Annotated[int, InWidth(axis=0)], width: int = 8) -> None:
        super().__init__()
        self.across, self.along = nn.Linear(length, length), nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.along(self.across(x.transpose(-1, -2)).transpose(-1, -2))


class Feed(FineGrainedSpace):
    """A linear layer on the last axis."""

    def constructor(self, features: Annotated[int, InWidth(axis=-1)], out: int = 4) -> None:
        self.layer = parts.Linear(features, out)


class Maybe(FineGrainedSpace):
    """A linear layer whose width may be null."""

    def constructor(self, dim: Annotated[int | None, InWidth(axis=-1)] = None, channels: InWidth | None = None) -> None:
        self.layer = parts.Linear(dim or channels or 1, 3)


class Second(FineGrainedSpace):
    """A layer that follows the second axis."""

    def constructor(self, size: Annotated[int, InWidth(axis=1)]) -> None:
        self.layer = parts.Linear(size, 3)


def described(kind, **given):
    return {"type": "FineGrainedSpace", "modules": ["part"], "part": {"type": kind, **given}}


@pytest.mark.parametrize(
    ("kind", "shape", "params"),
    [("Feed", (5, 8), 8 * 4 + 4), ("Feed", (3, 5, 8), 8 * 4 + 4), ("Maybe", (5, 8), 8 * 3 + 3)],
)
def test_a_width_follows_the_axis_that_its_annotation_names(network_with, kind, shape, params):
    network = network_with(Feed, Maybe)
    assert network.cost(described(kind), shape).params == params
    assert network.build(described(kind), shape)(torch.zeros(1, *shape)).shape[:-1] == (1, *shape[:-1])


def test_a_module_of_others_follows_it_too(network_with):
    network = network_with(Mixer)
    assert network.build(described("Mixer"), (5, 8))(torch.zeros(1, 5, 8)).shape == (1, 5, 8)


def test_a_given_width_is_compared_with_that_axis(network_with):
    assert network_with(Feed).check(described("Feed", features=5), (5, 8)) == [
        (("part", "features"), "is 5, but the input has 8; write auto, or 8")
    ]


def test_an_input_without_the_axis_is_an_error(network_with):
    with pytest.raises(PartError) as caught:
        network_with(Second).cost(described("Second"), (8,))
    assert str(caught.value) == (
        "part: size: cannot follow, since the part before puts out a tensor of (8,), without an axis 1; write it"
    )
