"""Networks whose parameters are cut from tensors that they share."""

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn

from fgspace.network.build.skeleton import on_skeleton
from fgspace.network.sharing.places import Place

Built = tuple[nn.Module, list[Place]]
"""A network, and the places of its parameters."""


def places_of(build: Callable[[], Built]) -> list[Place]:
    """Return the places of the parameters of a network, which is built without values."""
    found: list[Place] = []

    def model() -> nn.Module:
        module, places = build()
        found[:] = places
        return module

    on_skeleton(model, lambda _: None)
    return found


def drawn(build: Callable[[], Built], seed: int) -> list[tuple[Place, Tensor]]:
    """Return the parameters of a network as they are before any training, drawn by this seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _, places = build()
    return [(place, getattr(*place.owners[0]).detach()) for place in places]


def cut(model: nn.Module, places: Iterable[Place], held: Mapping[str, Tensor]) -> nn.Module:
    """Let a network have views into these tensors in place of its parameters, and return it."""
    for place in places:
        tensor = place.slice.of(held[place.key])
        for owner, name in place.owners:
            owner._parameters.pop(name, None)
            setattr(owner, name, tensor)
    return model


def filled(model: nn.Module, places: Iterable[Place], held: Mapping[str, Tensor]) -> nn.Module:
    """Copy what is cut from these tensors into the parameters of a network, and return it."""
    with torch.no_grad():
        for place in places:
            parameter: Tensor = getattr(*place.owners[0])
            parameter.copy_(place.slice.of(held[place.key]))
    return model
