"""Builds the network of a description: the only walk that makes modules."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from fgspace.network.costs import PartError, Shape
from fgspace.network.described import Processed
from fgspace.network.entries import located, torch_class
from fgspace.network.joins import expand, join, options_of
from fgspace.network.part import FineGrainedSpace, Leaf, Part
from fgspace.network.processes import make_process

if TYPE_CHECKING:
    from torch import nn

    from fgspace.network.walk import Network

LazyShape = Callable[[], Shape]


def build(network: "Network", node: Any, shape: Shape, init: bool) -> "nn.Module":
    """Build what a description, a part or an `nn.Module` stands for; without `init`, draw no parameters.

    It is counted first: what does not fit is found before anything is built.
    """
    from fgspace.network.skip_init import skip_init

    network.cost(node, shape)
    with nullcontext() if init else skip_init():
        return _build(network, node, lambda: shape)


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


def _build(network: "Network", node: Any, shape: LazyShape) -> "nn.Module":
    part = network.resolve(node, shape()) if isinstance(node, Mapping) else node
    if isinstance(part, Leaf):
        return build_leaf(part)
    if isinstance(part, FineGrainedSpace):
        return _build_composite(network, part, shape)
    if isinstance(part, Processed):
        return _build_processed(network, part, shape)
    return part  # type: ignore[no-any-return]


def _build_composite(network: "Network", part: FineGrainedSpace, shape: LazyShape) -> "nn.Module":
    from fgspace.network.torch_modules import container

    children = expand(part)
    entering = _Entering(network, part, shape)
    module = container(part.join, options_of(part))
    for name, child in children.items():
        try:
            module.add_module(name, _build(network, child, partial(entering, name)))
        except PartError as error:
            raise error.under(name) from error.__cause__
        except KeyError:
            raise PartError("is a name that nn.Module has itself; call the part something else", (name,)) from None
    return module


class _Entering:
    """The shapes that enter the parts of a composite: found out when the first is asked for, which few parts do."""

    def __init__(self, network: "Network", part: FineGrainedSpace, shape: LazyShape) -> None:
        self._network = network
        self._part = part
        self._shape = shape
        self._found: dict[str, Shape] = {}

    def __call__(self, name: str) -> Shape:
        if not self._found:
            join(self._part, self._shape(), self._run)
        return self._found[name]

    def _run(self, name: str, child: Any, shape: Shape) -> Shape:
        self._found.setdefault(name, shape)
        return self._network.cost(child, shape).output_shape


def _build_processed(network: "Network", part: Processed, shape: LazyShape) -> "nn.Module":
    module = _build(network, part.part, shape)
    for name, described in part.processes.items():
        process = make_process(network.types, name, described)
        try:
            module = process(module, shape())
        except (TypeError, ValueError) as error:
            raise PartError(str(error), (name,)) from error
    return module
