"""The parameters of a network, each with the key of the tensor that it is cut from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import nn

from fgspace.network.sharing.slices import Slice, slice_of


@dataclass(frozen=True)
class Place:
    """A parameter of a network: its name, the modules that hold it under which names, and how it is cut.

    A parameter that several modules hold has one key, that of the first of its names.
    """

    name: str
    key: str
    slice: Slice
    owners: tuple[tuple[nn.Module, str], ...]


def places(model: nn.Module, types: Mapping[nn.Module, str]) -> list[Place]:
    """Return the place of each parameter of a model that was just built.

    Parameters have one key if they have the same name, in modules of the same types: what one option of a choice calls
    `conv1` is not what another one does.

    Args:
        model: the network.
        types: module → name of its type, for composites, whose own class tells nothing.
    """
    owners: dict[int, list[tuple[nn.Module, str]]] = {}
    found: list[tuple[str, str, nn.Module, str, nn.Parameter]] = []
    for prefix, chain, module in _modules(model, types, "", "", set()):
        for name, parameter in module._parameters.items():
            if parameter is not None:
                if id(parameter) not in owners:
                    found.append((f"{prefix}{name}", chain, module, name, parameter))
                owners.setdefault(id(parameter), []).append((module, name))
    made = []
    for path, chain, owner, name, parameter in found:
        tag, slice_ = slice_of(owner, name, parameter)
        key = f"{path} of {chain}{f' ({tag})' if tag else ''}"
        made.append(Place(path, key, slice_, tuple(owners[id(parameter)])))
    return made


def _modules(
    module: nn.Module, types: Mapping[nn.Module, str], prefix: str, above: str, seen: set[nn.Module]
) -> Iterator[tuple[str, str, nn.Module]]:
    """Yield each module once, with its path and the types of those that lead to it."""
    if module in seen:
        return
    seen.add(module)
    kind = types.get(module) or type(module).__name__
    chain = f"{above}/{kind}" if above else kind
    yield prefix, chain, module
    for name, child in module._modules.items():
        if child is not None:
            yield from _modules(child, types, f"{prefix}{name}.", chain, seen)
