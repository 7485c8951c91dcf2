"""A table of layers and their milliseconds on a device, in a file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fgspace import FgspaceError, Layer

FORMAT = "fgspace latency table 1"
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """The milliseconds of layers, and how they were measured.

    `settings` are the runtime, its threads, and the command that measured; `overhead` is what a network without layers
    takes, which is in no layer's time. Layers are told apart by type, shapes, parameters and multiply-adds.
    """

    settings: Mapping[str, Any]
    overhead: float | None = None
    layers: Mapping[Key, float] = field(default_factory=dict)

    def with_layer(self, key: Key, milliseconds: float) -> "Table":
        """Return the table with a layer more."""
        return replace(self, layers={**self.layers, key: milliseconds})


def key_of(row: Layer) -> Key:
    """Return what tells a layer from others."""
    return (row.type, _plain(row.in_shape), _plain(row.out_shape), row.params, row.macs)


def named(key: Key) -> str:
    """Return a layer as messages call it."""
    kind, inside, outside, params, _ = key
    return f"{kind} {_shown(inside)} → {_shown(outside)}" + (f" with {params:,} parameters" if params else "")


def read(file: str) -> Table:
    """Return the table in a file.

    Raises:
        FgspaceError: there is none.
    """
    place = Path(file).expanduser()
    if not place.is_file():
        raise FgspaceError(f"file: there is no table {file!r} yet; fgspace profile measures it, from the same folder")
    try:
        data = json.loads(place.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ValueError
        layers = {_key(one): float(one["ms"]) for one in data["layers"]}
        return Table(data["settings"], data["overhead_ms"], layers)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FgspaceError(f"file: {file!r} is no table that fgspace profile has written") from error


def write(file: str, table: Table) -> None:
    """Write a table, as a whole or not at all.

    Raises:
        FgspaceError: it cannot be written.
    """
    place = Path(file).expanduser()
    layers = [{**_written(key), "ms": milliseconds} for key, milliseconds in table.layers.items()]
    data = {"format": FORMAT, "settings": table.settings, "overhead_ms": table.overhead, "layers": layers}
    lines = ",\n  ".join(json.dumps(one) for one in layers)
    text = json.dumps({**data, "layers": []}).removesuffix("[]}") + f"[\n  {lines}\n]}}\n"
    part = place.with_name(f".{place.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(place)
    except OSError as error:
        raise FgspaceError(f"file: {file!r} cannot be written: {error.strerror or error}") from error


def _written(key: Key) -> dict[str, Any]:
    return dict(zip(("type", "in", "out", "params", "macs"), key, strict=True))


def _key(written: Mapping[str, Any]) -> Key:
    return (written["type"], _plain(written["in"]), _plain(written["out"]), written["params"], written["macs"])


def _plain(shape: Any) -> Any:
    return tuple(map(_plain, shape)) if isinstance(shape, list | tuple) else shape


def _shown(shape: Any) -> str:
    if shape and isinstance(shape[0], tuple):
        return "(" + ", ".join(map(_shown, shape)) + ")"
    return "×".join(map(str, shape)) or "a number"
