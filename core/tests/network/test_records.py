"""Parameters that are annotated with dataclasses: written as mappings, with errors at their place."""

from dataclasses import dataclass, field

import fgspace
import pytest
from fgspace import DescriptionError
from torch import nn


@dataclass
class Norm:
    """The settings of a norm."""

    eps: float = 1e-5
    affine: bool = True


@dataclass(frozen=True)
class Settings:
    """The settings of a network."""

    width: int
    activation: str = "ReLU"
    norm: Norm = field(default_factory=Norm)
    extra: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.width % 2:
            raise ValueError(f"width must be even, got {self.width}")


class Configured(nn.Module):
    """A network that takes its settings as one object."""

    def __init__(self, in_channels: int, settings: Settings, more: list[Norm] | None = None) -> None:
        super().__init__()
        assert isinstance(settings, Settings)
        assert all(isinstance(one, Norm) for one in more or ())
        self.conv = nn.Conv2d(in_channels, settings.width, 1)
        self.norm = nn.BatchNorm2d(settings.width, eps=settings.norm.eps, affine=settings.norm.affine)
        self.more = nn.ModuleList(nn.BatchNorm2d(settings.width, affine=one.affine) for one in more or ())

    def forward(self, x):
        x = self.norm(self.conv(x))
        for one in self.more:
            x = one(x)
        return x


@pytest.fixture(autouse=True)
def registered():
    fgspace.register(Configured)


def described(**given):
    return {"type": "FineGrainedSpace", "modules": ["net"], "net": {"type": "Configured", **given}}


def test_a_mapping_becomes_an_object_of_the_dataclass_and_of_those_in_it():
    net = fgspace.build(described(settings={"width": 6, "norm": {"eps": 0.5}}, more=[{"affine": False}, {}])).net
    assert (net.conv.out_channels, net.norm.eps) == (6, 0.5)
    assert [one.affine for one in net.more] == [False, True]


def test_what_it_holds_can_be_searched_and_is_counted_once():
    settings = {"width": {"int": [2, 6, 2]}, "norm": {"affine": {"choice": [True, False]}}}
    space = fgspace.space(described(settings=settings))
    assert space.size == 6
    point = {"net.settings.width": 4, "net.settings.norm.affine": False}
    assert space.cost(point)["params"] == 3 * 4 + 4
    assert space.build(point).net.conv.out_channels == 4


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"settings": {"widht": 4}}, "net.settings: Settings has no field 'widht'; did you mean 'width'?"),
        (
            {"settings": {"width": 4, "zzz": 1}},
            "net.settings: Settings has no field 'zzz'; there are width, activation, norm, extra",
        ),
        ({"settings": {}}, "net.settings: Settings needs 'width'"),
        ({"settings": {"width": "wide"}}, "net.settings.width: expected int, got 'wide'"),
        ({"settings": {"width": 4, "norm": {"eps": "x"}}}, "net.settings.norm.eps: expected float, got 'x'"),
        ({"settings": {"width": 4, "extra": [1, "x"]}}, "net.settings.extra.1: expected int, got 'x'"),
        ({"settings": 4}, "net.settings: expected a mapping, got 4"),
        ({"settings": {"width": 5}}, "net: settings: width must be even, got 5"),
    ],
    ids=str,
)
def test_mistakes_are_told_at_their_place(given, message):
    with pytest.raises(DescriptionError) as caught:
        fgspace.space(described(**given))
    assert str(caught.value) == message
