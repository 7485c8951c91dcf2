"""Reads the rank of each layer from a number, a list or a mapping of names."""

from collections.abc import Iterable, Mapping
from typing import Literal

from fgspace.errors import did_you_mean

from fgspace_lowrank.plan import Layer, Plan

Rank = int | float | Literal["full"]
Ranks = Rank | list[Rank] | Mapping[str, Rank] | None


def check(ranks: Ranks, energy: float | None) -> None:
    """Raise ValueError unless these options have values that `LowRank` takes."""
    given = ranks.values() if isinstance(ranks, Mapping) else ranks if isinstance(ranks, list) else [ranks]
    for rank in given:
        if not _is_rank(rank):
            raise ValueError(f"ranks: expected a rank from 1, a share above 0.0 and up to 1.0, or 'full'; got {rank!r}")
    if ranks is not None and energy is not None:
        raise ValueError("energy: stands in place of ranks; write one of them")
    if energy is not None and not 0 < energy <= 1:
        raise ValueError(f"energy: expected a share above 0 and up to 1, got {energy!r}")


def ranks_of(plan: Plan, given: Ranks) -> dict[str, int]:
    """Return the rank of each layer that is factorised; the others are left alone.

    The name of a part stands for all layers inside; the longest name that contains a layer decides.

    Raises:
        ValueError: a list has another length, or a name is that of no layer, or of one that cannot be factorised.
    """
    if isinstance(given, Mapping):
        named = _named(plan, given)
    elif not isinstance(given, list):
        named = dict.fromkeys(plan.layers, "full" if given is None else given)
    elif len(given) == len(plan.layers):
        named = dict(zip(plan.layers, given, strict=True))
    else:
        raise ValueError(
            f"ranks: expected {len(plan.layers)} values, one for each layer, got {len(given)}; {_listed(plan)}"
        )
    found = {name: _rank(plan.layers[name], rank) for name, rank in named.items()}
    return {name: rank for name, rank in found.items() if rank <= plan.layers[name].most}


def left_alone(plan: Plan, given: Ranks) -> str:
    """Return a message about the layers that are asked for and cannot be factorised, "" if there are none."""
    if isinstance(given, Mapping):
        names = [one for part, rank in given.items() if not _is_whole(rank) for one in _inside(plan.kept, part)]
    else:
        names = [] if _is_whole(given) else [*plan.kept]
    if names:
        cure = "to leave them out, write ranks by name, with full for these"
        return f"these layers stay as they are: {_reasons(plan, names)}; {cure}"
    if plan.layers or _is_whole(given):
        return ""
    return "nothing is factorised: expected linear layers or 1×1 convolutions, got a network without; leave LowRank out"


def _is_rank(given: Rank | None) -> bool:
    if given is None or isinstance(given, str):
        return given in (None, "full")
    return 0 < given <= 1 if isinstance(given, float) else given >= 1


def _is_whole(given: Ranks) -> bool:
    """Return whether this leaves a layer alone."""
    return given is None or given == "full" or (isinstance(given, float) and given == 1)


def _rank(layer: Layer, given: Rank) -> int:
    """Return a rank in numbers; one above `layer.most` stands for the whole layer."""
    if _is_whole(given) or isinstance(given, str):
        return layer.most + 1
    if isinstance(given, float):
        return max(1, int(given * layer.outputs * layer.inputs / (layer.outputs + layer.inputs)))
    return given


def _named(plan: Plan, given: Mapping[str, Rank]) -> dict[str, Rank]:
    found: dict[str, Rank] = {}
    for part in sorted(given, key=len):
        named, kept = _inside(plan.layers, part), _inside(plan.kept, part)
        if kept and not (named or _is_whole(given[part])):
            raise ValueError(f"ranks: nothing of {part!r} can be factorised: {_reasons(plan, kept)}; leave it out")
        if not (named or kept):
            hint = did_you_mean(part, plan.layers) or f"; {_listed(plan)}"
            raise ValueError(f"ranks: {part!r} is no layer that can be factorised{hint}")
        found.update(dict.fromkeys(named, given[part]))
    return found


def _inside(names: Iterable[str], part: str) -> list[str]:
    """Return the names of a part and of all that it contains."""
    return [name for name in names if name == part or name.startswith(f"{part}.")]


def _reasons(plan: Plan, names: Iterable[str]) -> str:
    return ", ".join(f"{name!r} ({plan.kept[name]})" for name in names)


def _listed(plan: Plan) -> str:
    """Return the layers with their numbers, as a message names them."""
    names = ", ".join(f"{index} {name!r}" for index, name in enumerate(plan.layers))
    return f"the layers are {names}" if names else "the network has no layers that can be factorised"
