"""PruneEA and QuantEA of Vega: their networks, and the process that their searches are about."""

from typing import Any

from fgspace.errors import brief

from fgspace_migrate.sections import Notes, Path, Section, rendered
from fgspace_migrate.vega.algorithms import Search

_DEPTHS = (20, 32, 44, 56, 110)
"""ResNets of three stages that there are here; their stages are (depth - 2) / 6 blocks long."""
_BITS = [4, 8]
"""Candidates of QuantEA where a file gives none."""


def pruned_resnet(module: Section, classes: Any, to: Path, notes: Notes) -> dict[str, Any]:
    """Return the network of `PruneResNet`, block by block where its widths are not those of a ResNet."""
    inner = _numbers(module, "base_chn", [16, 16, 16, 32, 32, 32, 64, 64, 64], notes)
    nodes = _numbers(module, "base_chn_node", [16, 16, 32, 64], notes)
    shape = _shape(module, classes, to, notes)
    length = max(1, len(inner) // 3)
    stages = [min(block // length, 2) for block in range(len(inner))]
    regular = [nodes[0] * 2**stage for stage in stages]
    if len(nodes) == 4 and inner == regular and nodes == [nodes[0] * one for one in (1, 1, 2, 4)]:
        return {**_resnet([stages.count(stage) for stage in range(3)], nodes[0]), **shape}
    outputs = [nodes[min(stage + 1, len(nodes) - 1)] for stage in stages]
    items = {
        "inchannel": [nodes[0], *outputs[:-1]],
        "outchannel": outputs,
        "inner_plane": inner,
        "stride": [2 if block and stages[block] > stages[block - 1] else 1 for block in range(len(inner))],
    }
    blocks = {"block": {"type": "BasicBlock"}, "num_reps": len(inner), "items": items}
    return {"type": "ResNet", "depth": 20, "init_plane": nodes[0], **blocks, **shape}


def quantised_resnet(module: Section, classes: Any, to: Path, notes: Notes) -> dict[str, Any]:
    """Return the network of `QuantResNet`: a ResNet of three stages that begins at 16 channels."""
    lengths = _numbers(module, "num_blocks", [3, 3, 3], notes)
    return {**_resnet(lengths, 16), **_shape(module, classes, to, notes)}


def _resnet(lengths: list[int], width: int) -> dict[str, Any]:
    depth = 6 * lengths[0] + 2
    known = len(set(lengths)) == 1 and len(lengths) == 3 and depth in _DEPTHS
    shape = {} if known else {"num_reps": lengths}
    return {
        "type": "ResNet",
        "depth": depth if known else 20,
        **({} if width == 16 else {"init_plane": width}),
        **shape,
    }


def _shape(module: Section, classes: Any, to: Path, notes: Notes) -> dict[str, Any]:
    module.skip("type", "name")
    module.close(notes, to)
    return {"small_input": True, **({} if classes is None else {"num_class": classes})}


def _numbers(section: Section, key: str, default: list[int], notes: Notes) -> list[int]:
    """Return a list of numbers of at least 1, the default where it is left out or is none, which is noted."""
    value = rendered(section.take(key))
    if isinstance(value, list) and value and all(type(one) is int and one > 0 for one in value):
        return value
    if value is not None:
        told = f"{section.named(key)}: is no list of numbers of at least 1, {brief(value)}; {default} is in its place"
        notes.add(section.place(key), told, ("search_space",))
    return default


def with_process(space: dict[str, Any], search: Search, options: Section, notes: Notes) -> dict[str, Any]:
    """Return a space with the process that PruneEA or QuantEA searches, and its hyper-parameters."""
    kind = search.algorithm.get("type")
    if kind == "PruneEA":
        return _with(space, "prune", {"type": "Prune"}, {"prune.masks": None})
    if kind != "QuantEA":
        return space
    bits = _numbers(options, "bit_candidates", _BITS, notes)
    if search.genes is None:
        told = "search_algorithm.policy.length: is missing, so bits are those that Quant searches, not bit_candidates"
        notes.add(options.at, told, ("search_space",))
        searched: dict[str, Any] = {"quant.nbit_w_list": None, "quant.nbit_a_list": None}
    else:
        searched = {
            f"quant.{name}": {"vector": {"choice": list(dict.fromkeys(bits))}, "length": search.genes // 2}
            for name in ("nbit_w_list", "nbit_a_list")
        }
    return _with(space, "quant", {"type": "Quant", "method": "dorefa"}, searched)


def _with(space: dict[str, Any], name: str, part: dict[str, Any], searched: dict[str, Any]) -> dict[str, Any]:
    parts = {key: value for key, value in space.items() if key != "modules"}
    return {"hyper_parameters": searched, "modules": [*space["modules"], name], **parts, name: part}


def pruned_evaluator(evaluator: dict[str, Any], trainer: Section, notes: Notes) -> dict[str, Any]:
    """Return the evaluator of PruneEA: it trains the network once, and candidates a little after they are pruned."""
    to: Path = ("evaluator",)
    made = {**evaluator, "type": "CompressedClassification"}
    if "epochs" in made:
        made["finetune_epochs"] = made.pop("epochs")
    if "optimizer" in made:
        made["finetune_optimizer"] = made.pop("optimizer")
    if made.pop("lr_scheduler", None) is not None:
        notes.add(trainer.place("lr_scheduler"), "trainer.lr_scheduler: candidates are trained at one rate here", to)
    if trainer.take("init_model_file") is not None:
        told = "trainer.init_model_file: its weights have Vega's names; the network is trained once here"
        notes.add(trainer.place("init_model_file"), told, to)
    return made
