"""Networks of Vega: the modules of a description become parts of module types that there are here."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from fgspace_migrate.domains import Options, Searched, translated
from fgspace_migrate.sections import Notes, Path, Section, rendered
from fgspace_migrate.vega.compression import pruned_resnet, quantised_resnet
from fgspace_migrate.vega.residual import residual

_RESIDUAL = ("ResNet", "ResNetGeneral", "ResNetVariant")
_OF_BLOCKS = ("block", "init_plane", "items", "num_reps")
"""Parameters of `ResNet` of 0.9.3, which are those that it has here."""
_HEADS = ("LinearClassificationHead",)
_COMPRESSED = {"PruneResNet": pruned_resnet, "QuantResNet": quantised_resnet}
_TORCHVISION = "torchvision_resnet"
_NAMES_OF_VEGA = """
    AdelaideFastNAS AggregateCell AutoGateModel AutoGroupModel AutoLaneDetector BertClassification BiSeNet
    DNet DeepFactorizationMachineModel ESRN FasterRCNN GCN MFASCNetwork
    MobileNetV2Tiny MobileNetV3Large MobileNetV3Small MobileNetV3Tiny MtMSR PruneMobileNet ResNetDet
    ResNetVariantDet ResNeXtDet SerialNet SimpleCnn TextCNN Unet VisionTransformer
"""
"""Networks of Vega that no plugin has."""
_OF_CELLS = ("CARSDartsNetwork", "DartsNetwork")
_OF_VEGA = frozenset((*_NAMES_OF_VEGA.split(), *_OF_CELLS))


def network(described: Section, notes: Notes) -> dict[str, Any] | None:
    """Return the parts of a description of Vega 1.x, or of 0.9.3 with its lists of candidates; None if it has none."""
    names = described.take("modules")
    if not isinstance(names, list):
        return _single(described, notes)
    listed = [name for name in names if isinstance(name, str)]
    head = _head(listed, described)
    parts = {}
    for name in listed:
        module = described.take(name)
        if isinstance(module, Section | Options) and name != head:
            classes = _classes(described, head, notes)
            parts[name] = translated(_by_candidates(module), partial(_part, classes=classes, name=name, notes=notes))
        elif name != head:
            notes.add(
                described.at, f"{described.named(name)}: is listed in modules, but not described", ("search_space",)
            )
    described.close(notes, ("search_space",))
    return {"modules": list(parts), **parts} if parts else None


def fine_grained(space: Section, notes: Notes) -> dict[str, Any]:
    """Return a fine-grained space of Vega 0.9.3, whose language is that of experiments here."""
    space.skip("type")
    described = space.plain()
    described.pop("type", None)
    for kind, at in _types(described, space.at):
        if kind in _OF_VEGA:
            notes.add(at, _no_counterpart(kind), ("search_space", *at[len(space.at) :]))
    return described


def _single(described: Section, notes: Notes) -> dict[str, Any] | None:
    """Return the network of a description that is one module itself."""
    if described.look("type") is None:
        described.close(notes, ("search_space",))
        return None
    return {"modules": ["network"], "network": _part(described, None, "network", notes)}


def _head(names: list[str], described: Section) -> str | None:
    """Return the name of the head that a residual network before it has here; None if there is none."""
    if len(names) != 2:
        return None
    backbone, head = (described.look(name) for name in names)
    first = next(_kinds(backbone), None)
    return names[1] if first in ("ResNetGeneral", "ResNetVariant") and next(_kinds(head), None) in _HEADS else None


def _kinds(module: Any) -> Iterator[Any]:
    """Yield the types of a module: of each of its options."""
    if isinstance(module, Options):
        for option in module:
            yield from _kinds(option.value)
    elif isinstance(module, Section):
        unfolded = _by_candidates(module)
        kind = unfolded.look("type") or unfolded.look("name")
        yield kind


def _by_candidates(module: Any) -> Any:
    """Return a module of 0.9.3, `{ResNetVariant: {base_depth: [18, 34]}}`, as one of 1.x with domains."""
    if not isinstance(module, Section) or "type" in module or "name" in module:
        return module
    inside = [(key, module.look(key)) for key in module]
    if len(inside) != 1 or not isinstance(inside[0][1], Section):
        return module
    kind, parameters = inside[0]
    made = Section({}, parameters.at, parameters.name)
    made.put("type", kind, module.place(kind))
    for key in parameters:
        value = parameters.look(key)
        made.put(key, _candidates(value, parameters.named(key)), parameters.place(key))
    return made


def _candidates(value: Any, key: str) -> Any:
    if not isinstance(value, list) or not value:
        return value
    return value[0] if len(value) == 1 else Searched(key, {"choice": value})


def _classes(described: Section, head: str | None, notes: Notes) -> Any:
    """Return the number of classes that a head of its own says, None if it says none."""
    module = _by_candidates(described.look(head)) if head is not None else None
    if not isinstance(module, Section):
        return None
    described.take(str(head))
    module.skip("type", "name", "base_channel")
    number = _num_class(module)
    module.close(notes, ("search_space",))
    return number


def _num_class(module: Section) -> Any:
    values = [rendered(module.take(key)) for key in ("num_class", "num_classes", "n_class")]
    return next((value for value in values if value is not None), None)


def _part(module: Any, classes: Any, name: str, notes: Notes) -> dict[str, Any]:
    """Return the part of a module, with the number of classes where its head is a module of its own."""
    to: Path = ("search_space", name)
    if not isinstance(module, Section):
        return {}
    kind = module.look("type") or module.look("name")
    if isinstance(kind, str) and kind in _RESIDUAL and not any(key in module for key in _OF_BLOCKS):
        own = _num_class(module)
        return residual(module, own if classes is None else classes, to, notes)
    if isinstance(kind, str) and kind in _COMPRESSED:
        own = _num_class(module)
        return _COMPRESSED[kind](module, own if classes is None else classes, to, notes)
    if isinstance(kind, str) and kind.startswith(_TORCHVISION):
        return _of_torchvision(module, kind, to, notes)
    if isinstance(kind, str) and kind in _OF_VEGA:
        notes.add(module.place("type"), _no_counterpart(kind), to)
    part = module.plain()
    return part if "type" in part else {"type": part.pop("name", None), **part}


def _of_torchvision(module: Section, kind: str, to: Path, notes: Notes) -> dict[str, Any]:
    depth = kind.removeprefix(_TORCHVISION)
    if not depth.isdigit():
        notes.add(module.place("type"), _no_counterpart(kind), to)
        return module.plain()
    module.skip("type", "name")
    classes = _num_class(module)
    if module.take("pretrained"):
        told = (
            f"{module.named('pretrained')}: the weights are not carried over; evaluators take weights of this network"
        )
        notes.add(module.place("pretrained"), told, to)
    module.close(notes, to)
    return {"type": "ResNet", "depth": int(depth), "num_class": 1000 if classes is None else classes}


def _types(described: Any, at: Path) -> Iterator[tuple[str, Path]]:
    if isinstance(described, Mapping):
        if isinstance(described.get("type"), str):
            yield described["type"], (*at, "type")
        for key, value in described.items():
            yield from _types(value, (*at, key))
    elif isinstance(described, list):
        for index, value in enumerate(described):
            yield from _types(value, (*at, index))


def _no_counterpart(kind: str) -> str:
    if kind in _OF_CELLS:
        return f"{kind!r} is a super-network of Vega; here cells are searched one by one: fgspace show DartsNetwork"
    return f"{kind!r} is a network of Vega without counterpart here; describe it by modules, or provide it by a plugin"
