"""Writes the table of official names of core: which plugin of this workspace provides which names."""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import indent, wrap

from fgspace.plugins.loading import PluginRecord, load_plugins, selection

ROOT = Path(__file__).parents[1]
TABLE = Path("core", "src", "fgspace", "plugins", "official_names.py")
WIDTH = 120
"""Letters of a line."""

MODULE = '''\
"""Which plugin of this project has which names, so that a name whose plugin is missing says what to install."""

from collections.abc import Mapping
from types import MappingProxyType

# Written by tools/official_names.py from what the plugins of the workspace provide; run that where it has changed.
_NAMES = {{
{entries}
}}

KNOWN_PLUGINS: Mapping[str, str] = MappingProxyType({{plugin: f"fgspace-plugin-{{plugin}}" for plugin in _NAMES}})
"""Plugin → the distribution to install."""
KNOWN_NAMES: Mapping[str, str] = MappingProxyType(
    {{name: plugin for plugin, names in _NAMES.items() for name in names.split()}}
)
"""Name of a type → the plugin that has it."""
'''


def main() -> int:
    """Write the table; or, with --check, return 1 where it is not what would be written."""
    parser = ArgumentParser(description="Write which plugin of the workspace provides which names.")
    parser.add_argument("file", nargs="?", type=Path, default=ROOT / TABLE, help=f"the table (default: {TABLE})")
    parser.add_argument("--check", action="store_true", help="write nothing, and fail where the table is stale")
    arguments = parser.parse_args()
    written = module(names())
    if not arguments.check:
        arguments.file.write_text(written, encoding="utf-8")
        return 0
    if arguments.file.is_file() and arguments.file.read_text(encoding="utf-8") == written:
        return 0
    print(f"{TABLE} is stale; run .venv/bin/python tools/official_names.py", file=sys.stderr)
    return 1


def names() -> dict[str, list[str]]:
    """Return plugin → the names of what it provides, for each plugin of the workspace.

    Raises:
        SystemExit: one is not installed, does not work, or provides a name that another provides.
    """
    installed = {record.distribution: record for record in load_plugins(selection((), {}))}
    folders = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
    found = {folder: _names(folder, installed) for folder in folders}
    owners = Counter(name for provided in found.values() for name in provided)
    if shared := sorted(name for name, count in owners.items() if count > 1):
        raise SystemExit(f"several plugins provide {', '.join(shared)}; the table says of a name which one to install")
    return found


def module(table: Mapping[str, list[str]]) -> str:
    """Return the text of the module that holds a table."""
    return MODULE.format(entries="\n".join(line for plugin, known in table.items() for line in _entry(plugin, known)))


def _names(folder: str, installed: Mapping[str, PluginRecord]) -> list[str]:
    record = installed.get(f"fgspace-plugin-{folder}")
    if record is None:
        raise SystemExit(f"fgspace-plugin-{folder} is not installed; run make install")
    if record.state != "ok":
        raise SystemExit(f"{record}")
    return sorted({name for _, one in record.provides for name in (one.name, *one.aliases)}, key=lambda x: x.lower())


def _entry(plugin: str, known: list[str]) -> Iterator[str]:
    line = f'    "{plugin}": "{" ".join(known)}",'
    if len(line) <= WIDTH:
        yield line
        return
    yield f'    "{plugin}": """'
    yield indent("\n".join(wrap(" ".join(known), WIDTH - 8, break_on_hyphens=False)), " " * 8)
    yield '    """,'


if __name__ == "__main__":
    sys.exit(main())
