"""The converter of PaddleSlim's searches: their spaces, and the arguments of SANAS around them, as JSON."""

import re
from collections.abc import Mapping
from typing import Any

from fgspace import Converted, ForeignFile
from fgspace.errors import brief

from fgspace_migrate.sections import Notes, Path, Section, rendered

_SPACE: Path = ("search_space",)
_WHOLE = ("MobileNetV1Space", "MobileNetV2Space", "ResNetSpace", "DartsSpace")
"""Spaces of whole networks, which PaddleSlim builds whatever their parameters say."""
_CORRECTED = (
    *("MobileNetV1Space", "MobileNetV2Space", "ResNetSpace", "MobileNetV1BlockSpace", "MobileNetV2BlockSpace"),
    *("ResNetBlockSpace", "InceptionABlockSpace"),
)
"""Spaces whose tokens PaddleSlim decodes otherwise, by its defects."""
_SIZES = ("input_size", "output_size", "block_num", "block_mask")
_ELSEWHERE: Mapping[str, str] = {
    "server_addr": "a search runs in worker processes (--workers), or on a cluster (--executor ray)",
    "is_server": "there is no client that joins a search of another machine; see docs/cluster.md",
    "save_checkpoint": "every search is kept, in the folder that --out names",
    "load_checkpoint": "checkpoints of PaddleSlim are not read; init_tokens may start from their best tokens",
}
"""What the command decides here."""
_NAME = re.compile(r"\w+Space\d*")


class PaddleSlimConverter:
    """Converts searches of PaddleSlim: a list of spaces, or the arguments of SANAS or RLNAS with such a list."""

    def recognises(self, file: ForeignFile) -> str | None:
        """Return what the file is, None if it is not of PaddleSlim."""
        configs = file.data.get("configs") if isinstance(file.data, Mapping) else file.data
        return "a search of PaddleSlim" if _names(configs) else None

    def convert(self, file: ForeignFile) -> Converted:
        """Return the experiment of a file; training is in the programs of PaddleSlim, so it has no evaluator."""
        notes = Notes(file.line)
        arguments = file.data if isinstance(file.data, Mapping) else {}
        at: Path = ("configs",) if arguments else ()
        configs = arguments["configs"] if arguments else file.data
        spaces = [_space(one, (*at, index), len(configs) > 1, index, notes) for index, one in enumerate(configs)]
        sections: dict[str, Any] = {"search_space": spaces if len(spaces) > 1 else spaces[0]}
        sections |= _search(Section(arguments, ()), notes)
        notes.add(
            at, "configs: your program trains the networks; add an evaluator, and num_class to the last space", ()
        )
        return Converted(sections, notes.in_order())


def _names(configs: Any) -> list[str]:
    """Return the names of a list of spaces; none if it is no such list, or names nothing like one."""
    if not isinstance(configs, list) or not all(map(_is_config, configs)):
        return []
    names = [one if isinstance(one, str) else one[0] for one in configs]
    return names if any(_NAME.fullmatch(name) for name in names) else []


def _is_config(one: Any) -> bool:
    """Return whether a value is a space as PaddleSlim writes it: its name, alone or with its parameters."""
    if isinstance(one, list):
        return 1 <= len(one) <= 2 and isinstance(one[0], str) and all(isinstance(rest, dict) for rest in one[1:])
    return isinstance(one, str)


def _space(config: Any, at: Path, in_chain: bool, index: int, notes: Notes) -> dict[str, Any]:
    name, given = (config, {}) if isinstance(config, str) else (config[0], dict(*config[1:]))
    to = (*_SPACE, index) if in_chain else _SPACE
    place = at if isinstance(config, str) else (*at, 1)
    parameters = Section(given, place, name)
    if name in _CORRECTED:
        notes.add(
            at, f"{name}: tokens mean the corrected network; as_published: true decodes them as PaddleSlim does", to
        )
    ignored = _ignored(name, given)
    for key in ignored:
        if parameters.take(key) is not None:
            notes.add(parameters.place(key), f"{parameters.named(key)}: is left out, as PaddleSlim ignores it", to)
    kept = {key: parameters.take(key) for key in parameters if key not in ignored}
    return {"type": name, **{key: rendered(value) for key, value in kept.items() if value is not None}}


def _ignored(name: str, given: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the parameters that PaddleSlim ignores: where blocks go in a whole network, sizes beside a mask."""
    if name in _WHOLE:
        return _SIZES[1:]
    return _SIZES[:-1] if given.get("block_mask") is not None else ()


def _search(arguments: Section, notes: Notes) -> dict[str, Any]:
    """Return the algorithm and the budget that the arguments of SANAS or RLNAS give; a list of spaces gives none."""
    if "configs" not in arguments:
        return {}
    arguments.skip("configs")
    sections: dict[str, Any] = {}
    controller = arguments.take("key")
    if controller is not None:
        told = f"RLNAS: its controller {brief(rendered(controller))} has no counterpart here; Auto picks an algorithm"
        notes.add(arguments.place("key"), told, ())
    else:
        options = {name: rendered(arguments.take(name)) for name in ("init_temperature", "reduce_rate", "init_tokens")}
        given = {name: value for name, value in options.items() if value is not None}
        sections["search_algorithm"] = {"type": "SANAS", **given}
    steps = arguments.take("search_steps")
    if type(steps) is int and steps > 0:
        sections["budget"] = {"trials": steps}
    elif steps is not None:
        notes.add(
            arguments.place("search_steps"), f"search_steps: is no number of trials, {brief(rendered(steps))}", ()
        )
    for name, told in _ELSEWHERE.items():
        value = arguments.take(name)
        if value not in (None, True):
            notes.add(arguments.place(name), f"{name}: {told}", ())
    arguments.close(notes, ())
    return sections
