"""Builds the network of a description: the only walk that makes modules."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from fgspace.network.costs import PartError, Shape
from fgspace.network.described import Processed
from fgspace.network.entries import located, torch_class
from fgspace.network.joins import join, options_of
from fgspace.network.part import FineGrainedSpace, Leaf, Part
from fgspace.network.processes import make_process

if TYPE_CHECKING:
    from torch import nn

    from fgspace.network.walk import Network


def build(network: "Network", node: Any, shape: Shape, init: bool) -> "nn.Module":
    """Build what a description, a part or an `nn.Module` stands for; without `init`, draw no parameters."""
    from fgspace.network.skip_init import skip_init

    with nullcontext() if init else skip_init():
        return _build(network, node, shape)


def build_leaf(leaf: Leaf) -> "nn.Module":
    """Call what makes the module of a leaf; raise PartError where it does not take the arguments."""
    target = torch_class(leaf.target) if isinstance(leaf.target, str) else leaf.target
    try:
        module = target(*leaf.args, **leaf.kwargs)
    except PartError:
        raise
    except (TypeError, ValueError) as error:
        raise located(error, leaf.target, leaf.args, leaf.kwargs) from error
    if not callable(module) or not hasattr(module, "state_dict"):
        hint = "; annotate the function as returning it" if isinstance(module, Part) else ""
        raise PartError(f"{target.__name__}: expected an nn.Module, got {type(module).__name__}{hint}")
    return module  # type: ignore[no-any-return]


def _build(network: "Network", node: Any, shape: Shape) -> "nn.Module":
    part = network.resolve(node, shape)
    if isinstance(part, Leaf):
        return build_leaf(part)
    if isinstance(part, FineGrainedSpace):
        return _build_composite(network, part, shape)
    if isinstance(part, Processed):
        return _build_processed(network, part, shape)
    return part  # type: ignore[no-any-return]


def _build_composite(network: "Network", part: FineGrainedSpace, shape: Shape) -> "nn.Module":
    from fgspace.network.torch_modules import container

    built: dict[str, nn.Module] = {}

    def run(name: str, child: Any, shape: Shape) -> Shape:
        try:
            if name not in built:
                built[name] = _build(network, child, shape)
            return network.cost(child, shape).output_shape
        except PartError as error:
            raise error.under(name) from error.__cause__

    join(part, shape, run)
    module = container(part.join, options_of(part))
    _add_children(module, built)
    return module


def _add_children(module: "nn.Module", built: Mapping[str, "nn.Module"]) -> None:
    for name, child in built.items():
        try:
            module.add_module(name, child)
        except KeyError:
            raise PartError("is a name that nn.Module has itself; call the part something else", (name,)) from None


def _build_processed(network: "Network", part: Processed, shape: Shape) -> "nn.Module":
    module = _build(network, part.part, shape)
    for name, described in part.processes.items():
        process = make_process(network.types, name, described)
        try:
            module = process(module, shape)
        except (TypeError, ValueError) as error:
            raise PartError(str(error), (name,)) from error
    return module
