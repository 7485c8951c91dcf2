"""The functions that a program calls to get a space or a network from a description."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fgspace.config.loading import Source, load, space_of
from fgspace.config.reachable_points import check_points
from fgspace.documents.descriptions import is_composite
from fgspace.documents.document import Document
from fgspace.documents.plain import plain, plain_numbers
from fgspace.errors import DescriptionError, FgspaceError, Problem, brief, did_you_mean
from fgspace.network.costs import PartError, Shape
from fgspace.network.inputs import InputShape, as_shape
from fgspace.network.network import network_of
from fgspace.network.parts.part import Part
from fgspace.network.resolve.composites import listed
from fgspace.plugins.default_registry import default_registry
from fgspace.plugins.hookspecs import KIND_WORDS, Kind
from fgspace.plugins.registry import Registry
from fgspace.signatures.calls import reference as bound_reference
from fgspace.signatures.markers import Reference
from fgspace.spaces.checking import Checked, check_space
from fgspace.spaces.domains import Domain
from fgspace.spaces.domains.syntax import is_domain
from fgspace.spaces.loading import INPUT_SHAPE
from fgspace.spaces.space import Space
from fgspace.spaces.templates.checks import Checker

if TYPE_CHECKING:
    from torch import nn


def space(
    source: Source | Space | Sequence[Any],
    input_shape: InputShape | None = None,
    *,
    registry: Registry | None = None,
) -> Space:
    """Return the space that a file or a mapping describes.

    Args:
        source: the path of a YAML file, the mapping that the file would hold, or only its section `search_space`. In a
            mapping, domains may be objects (`fgspace.Int(8, 64)`) and types may be classes. A space, or a space class
            or an instance of one, is returned as the space that it is.
        input_shape: (channels, height, width) of the input, without the batch, or a mapping as in the section `input`
            of a file; by default that of the space or of the evaluator's data, else (3, 32, 32).
        registry: the types that can be named; by default those of the installed plugins and of this program.

    Raises:
        DescriptionError: the description does not fit the types it names; all problems at once.
        FgspaceError: the file, or a plugin that it needs, does not exist.
    """
    return space_of(source, registry=registry, input_shape=input_shape)


def check(
    source: Source | Sequence[Any] | Space,
    *,
    points: int | None = None,
    registry: Registry | None = None,
    input_shape: InputShape | None = None,
) -> Checked:
    """Check the networks of a space before any trial, as `fgspace check` does, and return what was found.

    Many points are counted; the cheapest network, the dearest and some others are built and run once, without data.

    Args:
        source: a space, or anything that `space` takes.
        points: the number of points; by default all, at most about 1,000.
        registry: as for `space`.
        input_shape: as for `space`.

    Raises:
        DescriptionError: the network at some point cannot be counted, built or run; each kind of problem once.
    """
    if isinstance(source, Space):
        return check_space(source, points)
    return check_points(load(source, registry=registry, input_shape=input_shape), points)


def build(
    source: Source | Space | Part,
    input_shape: InputShape | None = None,
    *,
    init: bool = True,
    trained: bool = False,
    registry: Registry | None = None,
) -> "nn.Module":
    """Build the network of a description, or the network at the initial point of a space.

    Args:
        source: a description with all values fixed, anything that `space` takes, or a part such as
            `fgspace.nn.Conv2d(3, 8, 1)`.
        input_shape: as for `space`.
        init: whether to initialise the parameters, and to read the weights that parts start from; if not, they hold
            arbitrary values until weights are loaded.
        trained: whether the network will be trained on the CPU, so that its gradients must fit in memory too.
        registry: as for `space`.

    Raises:
        DescriptionError: the description does not fit the types it names.
        PartError: the network does not fit in the machine's memory.
    """
    known = registry or default_registry()
    if isinstance(source, Part):
        return network_of(known).build(source, as_shape(input_shape or INPUT_SHAPE), init=init, trained=trained)
    if input_shape is not None and _is_fixed(source, known):
        return network_of(known).build(_plain(source), as_shape(input_shape), init=init, trained=trained)
    return space_of(source, registry=registry, input_shape=input_shape).build(init=init, trained=trained)


def _is_fixed(source: Any, registry: Registry) -> bool:
    """Return whether this is the description of one network: it has no domains, and names no class with domains."""
    if not isinstance(source, Mapping) or "type" not in source or _varies(source):
        return False
    found = registry.first(("module",), str(source["type"]))
    if found is None or found.kind != "search_space":
        return True
    return is_composite(found.name) or hasattr(found.load(), "token2arch")


def _varies(node: Any) -> bool:
    if isinstance(node, Mapping):
        return "hyper_parameters" in node or is_domain(node) or any(map(_varies, node.values()))
    return any(map(_varies, node)) if isinstance(node, list | tuple) else isinstance(node, type | Domain)


def compress(
    model: "nn.Module",
    process: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    input_shape: InputShape,
    *,
    registry: Registry | None = None,
) -> "nn.Module":
    """Apply a process, or several in order, to a copy of any model, and return the result.

    Args:
        model: any `nn.Module`; it is not changed.
        process: the process and its parameters, for instance `{"type": "Prune", "ratios": 0.5}`, or a list of these.
        input_shape: (channels, height, width) of the model's input, without the batch, or a mapping as in the section
            `input` of a file.
        registry: as for `space`.

    Raises:
        DescriptionError: the parameters do not fit the process.
        FgspaceError: the process cannot be applied to this model.
    """
    registry, shape = registry or default_registry(), as_shape(input_shape)
    if not hasattr(model, "state_dict"):
        raise FgspaceError(
            f"model: expected an nn.Module, got {brief(model)}; fgspace.build makes one of a description"
        )
    named = _named(process)
    checker = Checker(Document({}), registry)
    for name, one in named.items():
        before = len(checker.problems)
        checker.part(one, (), name)
        if len(checker.problems) == before and "process" not in registry.part(one["type"]).tags:
            checker.problems.append(Problem(f"{name}.type", f"{one['type']!r} is a module type, not a process"))
    if checker.problems:
        raise DescriptionError(checker.problems)
    for name, one in named.items():
        model = _processed(network_of(registry).types.process(name, one), name, model, shape)
    return model


def _named(given: Any) -> dict[str, Mapping[str, Any]]:
    """Return processes by the names that errors call them."""
    if isinstance(given, Mapping):
        return {"process": _plain(given, "process")}
    if isinstance(given, str) or not isinstance(given, Sequence) or not given:
        raise FgspaceError(f"expected a process, or a list of processes, each a mapping with type; got {brief(given)}")
    return {f"process.{index}": _plain(one, f"process.{index}") for index, one in enumerate(given)}


def _processed(process: Any, name: str, model: "nn.Module", shape: Shape) -> "nn.Module":
    try:
        compressed: nn.Module = process(model, shape)
    except PartError:
        raise
    except ValueError as error:
        raise PartError(str(error), (name,)) from error
    except RuntimeError as error:  # of torch, which runs the model
        inputs = f"the model cannot run on an input of {shape}, the shape without the batch"
        raise PartError(f"{inputs}: {str(error).partition(chr(10))[0]}", (name,)) from error
    return compressed


def reference(kind: Kind, written: Mapping[str, Any] | str, *, registry: Registry | None = None) -> Reference:
    """Return the type that a mapping names, with the mapping's other entries bound as arguments.

    Args:
        kind: the kind of the type, such as "dataset".
        written: the mapping, such as `{"type": "Digits", "validation": 0.1}`, or only the name.
        registry: as for `space`.

    Raises:
        FgspaceError: there is no such type.
    """
    if kind not in KIND_WORDS:
        raise FgspaceError(f"unknown kind {kind!r}{did_you_mean(str(kind), KIND_WORDS)}")
    written = {"type": written} if isinstance(written, str) else written
    if not isinstance(written, Mapping) or not isinstance(written.get("type"), str):
        raise FgspaceError(f"expected a mapping with type, such as {{'type': 'Digits'}}; got {brief(written)}")
    return bound_reference(registry or default_registry(), kind, plain_numbers(dict(written)))


def split_processes(
    description: Mapping[str, Any], *, registry: Registry | None = None
) -> tuple[dict[str, Any], dict[str, Mapping[str, Any]]]:
    """Return the description of a network without its processes, and the descriptions of these by name, in order.

    Raises:
        FgspaceError: a part names an unknown type.
    """
    if not isinstance(description, Mapping):
        raise FgspaceError(f"expected the description of a network, got {brief(description)}")
    described: dict[str, Any] = _plain(description)
    if "modules" not in described:
        return described, {}
    registry, parts = registry or default_registry(), dict(listed(described))
    typed = {name: part for name, part in parts.items() if isinstance(part, Mapping) and "type" in part}
    processes = {name: part for name, part in typed.items() if "process" in registry.part(part["type"]).tags}
    kept = {name: part for name, part in parts.items() if name not in processes}
    beside = {name: value for name, value in described.items() if name not in parts}
    return {**beside, **kept, "modules": list(kept)}, processes


def untrained(
    description: Mapping[str, Any], input_shape: InputShape, *, registry: Registry | None = None
) -> list[str]:
    """Return the names of the parameters that start at random, since no part's `weights` hold them, before processes.

    Args:
        description: a description with all values fixed.
        input_shape: as for `compress`.
        registry: as for `space`.

    Raises:
        PartError: a file cannot be read, or holds the weights of another network.
    """
    return network_of(registry or default_registry()).untrained(_plain(description), as_shape(input_shape))


def _plain(description: Any, at: str = "") -> Any:
    """Return a description that a program gives as plain JSON, except for the modules and objects in it."""
    try:
        return plain(description, at, lambda _: True)
    except ValueError as error:
        raise FgspaceError(str(error)) from None
