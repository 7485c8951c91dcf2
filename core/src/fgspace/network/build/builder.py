"""Builds the network of a description."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import torch
from torch import nn

from fgspace.documents.plain import plain_numbers
from fgspace.errors import brief
from fgspace.network.build.containers import container
from fgspace.network.build.expansions import Expansions
from fgspace.network.build.skip_init import Draws, skip_init
from fgspace.network.costs import Cost, PartError, Shape
from fgspace.network.inputs import Inputs
from fgspace.network.memory import too_large
from fgspace.network.parts.combinators import class_name
from fgspace.network.parts.part import FineGrainedSpace, Leaf, Part
from fgspace.network.parts.starts import Start, start_of
from fgspace.network.resolve.descriptions import Processed, Types
from fgspace.network.resolve.entries import located
from fgspace.network.resolve.joins import expand, join
from fgspace.signatures.markers import Reference
from fgspace.signatures.reasons import FAILURES, name_of, reason

Place = tuple[FineGrainedSpace, str, Any]
"""The place of a part: the composite that holds it, with the name and the place of that composite."""

_TAKEN = frozenset(dir(nn.Sequential()))
_NAME_TAKEN = "is a name that nn.Module cannot give a child; call the part something else"


Load = Callable[[nn.Module, Start], None]
"""Loads the weights that a part starts from into its module."""


def build_leaf(leaf: Leaf, load: Load | None = None) -> nn.Module:
    """Make the module of a leaf, and load the weights that it starts from.

    Raises:
        PartError: its target does not take the arguments, or the weights are those of another module.
    """
    target = getattr(nn, leaf.target, None) if isinstance(leaf.target, str) else leaf.target
    if target is None:
        raise PartError(f"torch.nn has no module {leaf.target!r}")
    try:
        kwargs = _with_modules(leaf.kwargs, load) if isinstance(leaf.target, str) else leaf.kwargs
        module = target(*plain_numbers(leaf.args), **plain_numbers(dict(kwargs)))
    except PartError:
        raise
    except FAILURES as error:
        raise located(error, leaf.target, leaf.args, leaf.kwargs) from error
    if not isinstance(module, nn.Module):
        hint = "; annotate the function as returning it" if isinstance(module, Part) else ""
        raise PartError(f"{name_of(target)}: expected an nn.Module, got {type(module).__name__}{hint}")
    return _started(module, leaf, load)


def _started(module: nn.Module, part: Part, load: Load | None) -> nn.Module:
    if load is not None and (start := start_of(part)) is not None:
        load(module, start)
    return module


def _made(part: FineGrainedSpace, named: bool) -> nn.Sequential:
    try:
        return container(part, named)
    except ValueError as error:
        raise PartError(str(error)) from error


def _with_modules(given: Mapping[str, Any], load: Load | None) -> Mapping[str, Any]:
    """Return the arguments of a module of torch, with a module in place of a reference: torch takes finished ones."""
    referred = {name: value for name, value in given.items() if isinstance(value, Reference)}
    return {**given, **{name: _module(name, value, load) for name, value in referred.items()}}


def _module(name: str, reference: Reference, load: Load | None) -> nn.Module:
    part = reference()
    if not isinstance(part, Leaf):
        raise ValueError(f"{name}: expected a type that makes one module, with all its widths, got {class_name(part)}")
    return build_leaf(part, load)


class Builder:
    """Builds networks, and remembers the parts of composites.

    Args:
        types: the types that descriptions name.
        cost: counts a part, for its output shape.
    """

    def __init__(self, types: Types, cost: Callable[[Any, Shape], Cost]) -> None:
        self.types = types
        self.cost = cost
        self.expansions = Expansions()

    def build(
        self,
        node: Any,
        shape: Shape,
        init: bool,
        trained: bool = False,
        load: Load | None = None,
        types: dict[nn.Module, str] | None = None,
    ) -> nn.Module:
        """Build a description or a part. An `nn.Module` is returned unchanged.

        Without `init`, draw no parameters. A part that a process is applied to is drawn all the same, except on the
        meta device: a process may read values. `load` loads the weights that parts start from; without it they are not
        read. `types` is given the name of the type of each module that is made of parts.

        Raises:
            PartError: the network does not fit in memory, with its gradients where it is to be trained.
        """
        if torch.get_default_device().type != "meta" and (why := too_large(self._params(node, shape), trained)):
            raise PartError(why)
        with nullcontext() if init else skip_init() as draws:
            return _Build(self, shape, draws, load, types).node(node, None, "")

    def calls(self, node: Any, shape: Shape) -> dict[str, Leaf]:
        """Return path → call of each module of a part that one call makes, before any process; values are not drawn."""
        part = self.types.resolve(node, shape)
        walk = _Build(self, shape, None, None, None)
        with torch.random.fork_rng(devices=[]), skip_init():
            made = walk.node(part.part if isinstance(part, Processed) else part, None, "")
        found = {path: walk.calls.get(id(one)) for path, one in made.named_modules(remove_duplicate=False)}
        return {path: leaf for path, leaf in found.items() if leaf is not None}

    def _params(self, node: Any, shape: Shape) -> int:
        """Return the parameters of a network as it is first built, before its processes."""
        part = self.types.resolve(node, shape)
        return self.cost(part.part if isinstance(part, Processed) else part, shape).params


class _Build:
    """One building walk. The shape of a part is computed only if its width follows, which is so for few parts."""

    def __init__(
        self,
        builder: Builder,
        shape: Shape,
        draws: Draws | None,
        load: Load | None,
        types: dict[nn.Module, str] | None,
    ) -> None:
        self._builder = builder
        self._types = types
        self._shape = shape
        self._draws = draws
        self._load = load
        self._entering: dict[Place, dict[str, Shape]] = {}
        self._instances = 0
        self.calls: dict[int, Leaf] = {}
        """The id of a module → the call that made it."""

    def node(self, node: Any, place: Place | None, name: str) -> nn.Module:
        """Build the description or the part of this name at this place; an `nn.Module` is returned unchanged."""
        if isinstance(node, Leaf):
            made = build_leaf(node, self._load)
            self.calls[id(made)] = node
            return made
        if isinstance(node, FineGrainedSpace):
            return _started(self._composite(node, place, name), node, self._load)
        if isinstance(node, Mapping):
            return self.node(self._builder.types.resolve(node, self._shape_at(place, name)), place, name)
        if isinstance(node, Processed):
            with nullcontext() if self._draws is None else self._draws.used():
                return self._processed(node, place, name)
        self._instances += 1
        return node  # type: ignore[no-any-return]

    def _composite(self, part: FineGrainedSpace, place: Place | None, name: str) -> nn.Module:
        part = self._builder.expansions.of(part)
        is_new, instances = not part.expanded, self._instances
        named = isinstance(self._shape, Inputs) and isinstance(self._shape_at(place, name), Inputs)
        module = nn.Sequential() if part.join == "sequential" and not (part.options or named) else _made(part, named)
        if self._types is not None:
            self._types[module] = class_name(part)
        inside, built = (part, name, place), module._modules
        for child_name, child in expand(part).items():
            if child_name in _TAKEN or "." in child_name:
                raise PartError(_NAME_TAKEN, (child_name,))
            try:
                # As add_module does, without its search for the name, since the module is empty.
                built[child_name] = self.node(child, inside, child_name)
            except PartError as error:
                raise error.under(child_name) from error.__cause__
        if is_new and instances == self._instances:
            self._builder.expansions.keep(part)
        return module

    def _processed(self, part: Processed, place: Place | None, name: str) -> nn.Module:
        module = self.node(part.part, place, name)
        for process_name, described in part.processes.items():
            process = self._builder.types.process(process_name, described)
            shape = self._shape_at(place, name)
            try:
                module = process(module, shape)
            except FAILURES as error:
                raise PartError(reason(error, type(process)), (process_name,)) from error
            if not isinstance(module, nn.Module):
                raise PartError(f"expected a process to return an nn.Module, got {brief(module)}", (process_name,))
        return module

    def _shape_at(self, place: Place | None, name: str) -> Shape:
        """Return the input shape of the part of this name."""
        if place is None:
            return self._shape
        found = self._entering.get(place)
        if found is None:
            part, own_name, outer = place
            found = self._entering[place] = {}

            def run(name: str, child: Any, shape: Shape) -> Shape:
                found.setdefault(name, shape)
                return self._builder.cost(child, shape).output_shape

            join(part, self._shape_at(outer, own_name), run)
        return found[name]
