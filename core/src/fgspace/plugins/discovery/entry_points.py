"""Finds the entry points of one group among the installed distributions, quickly, and says which cannot be read."""

import os
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from importlib_metadata import EntryPoint

from fgspace.plugins.discovery.distributions import Distribution, normal, on_path

_FILE = "entry_points.txt"
_PREFIX = "fgspace-plugin-"
"""What the names of distributions begin with that are made to have a plugin."""
_TARGET = re.compile(r"[\w.]+\s*(:\s*[\w.]+\s*)?(\[.*\]\s*)?")


# torch, for backends of other devices, and pydantic, for plugins of its own, read the entry points of all packages when
# they are first used, and die of one that is not UTF-8. By these variables they do without.
_READ_ALL = {"TORCH_DEVICE_BACKEND_AUTOLOAD": "0", "PYDANTIC_DISABLE_PLUGINS": "__all__"}


class Installed(NamedTuple):
    """An entry point that is not loaded yet, and its distribution; `load` is None where nothing can be loaded."""

    name: str
    distribution: str
    version: str
    load: Callable[[], object] | None
    module: str = ""
    problems: tuple[str, ...] = ()


class _Told(NamedTuple):
    """What a distribution says of one group: name → module of its entry points, and what is wrong with them."""

    distribution: Distribution
    entries: dict[str, str]
    problems: tuple[str, ...] = ()


def installed(group: str) -> Iterator[Installed]:
    """Yield the group's entry points; of a distribution that is installed twice, those of the one that Python imports.

    A distribution whose entry points cannot be read is yielded with its problem, and so is one whose name says that it
    has a plugin and whose entry points do not.
    """
    by_name: dict[str, list[_Told]] = {}
    for distribution in on_path():
        by_name.setdefault(distribution.key, []).append(_told(distribution, group))
    for key, several in by_name.items():
        if key.startswith(_PREFIX) or any(told.entries or told.problems for told in several):
            chosen = _imported(several)
            if key.startswith(_PREFIX) or chosen.entries or chosen.problems:
                yield from _of(chosen, group)


def _imported(several: list[_Told]) -> _Told:
    if len(several) == 1:
        return several[0]
    from fgspace.plugins.discovery.imported import imported

    packages = {re.split(r"[.:]", value)[0] for told in several for value in told.entries.values()}
    return several[imported([told.distribution for told in several], packages)]


def _of(told: _Told, group: str) -> Iterator[Installed]:
    one = told.distribution
    problems = (*told.problems, *_nameless(one))
    for entry, value in told.entries.items():
        load, module = EntryPoint(entry, value, group).load, re.split(r"[\s:\[]", value)[0]
        yield Installed(entry, one.name, one.version, load, module, problems)
    if not told.entries:
        short = normal(one.name).removeprefix(_PREFIX)
        problems = told.problems or (_no_entry_point(one, group, short),)
        yield Installed(short, one.name, one.version, None, problems=problems)


def _nameless(one: Distribution) -> Iterator[str]:
    missing = [header for header in ("Name", "Version") if one.header(header) is None]
    if missing:
        yield f"its metadata have no {' and no '.join(missing)}; install it again"


def _told(distribution: Distribution, group: str) -> _Told:
    try:
        data = distribution.read(_FILE)
        if data is None:
            return _Told(distribution, {}, _absent(distribution))
        if f"[{group}]".encode() not in data:
            data.decode()
            return _Told(distribution, {})
        return _read(distribution, data.decode().removeprefix("\ufeff"), group)
    except NotADirectoryError:
        return _Told(distribution, {}, (f"{distribution.folder} is not a folder; remove it, or install it again",))
    except OSError as error:
        why = f"{distribution.folder / _FILE} cannot be read: {error.strerror}"
    except UnicodeDecodeError as error:
        for variable, value in _READ_ALL.items():
            os.environ.setdefault(variable, value)
        why = f"{distribution.folder / _FILE} is not UTF-8, from byte {error.start} on; install it again"
    return _Told(distribution, {}, (why,))


def _absent(distribution: Distribution) -> tuple[str, ...]:
    """Return what is wrong where there are no entry points: of a link that leads nowhere nothing can be known."""
    folder = str(distribution.folder)
    if os.path.islink(folder) and not os.path.exists(folder):
        return (f"{folder} is a link that leads nowhere; remove it, or install it again",)
    return ()


def _read(distribution: Distribution, text: str, group: str) -> _Told:
    """Read the lines of one group, whatever stands in the others."""
    entries: dict[str, str] = {}
    problems = []
    section = ""
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif section == group and line and line[0] not in "#;":
            name, equals, value = (part.strip() for part in line.partition("="))
            if not (name and equals and _TARGET.fullmatch(value)):
                problems.append(f"line {number} of its {_FILE} is {line!r}, not NAME = package.module")
            elif entries.setdefault(name, value) != value:
                problems.append(f"its entry point {name!r} is both {entries[name]} and {value}")
    return _Told(distribution, entries, tuple(problems))


def _no_entry_point(distribution: Distribution, group: str, short: str) -> str:
    module = f"fgspace_{short.replace('-', '_')}.plugin"
    what = f'[project.entry-points.{group}] with {short} = "{module}"'
    text = (distribution.read(_FILE) or b"").decode()
    others = [
        name for name in re.findall(r"^\s*\[(.+)\]\s*$", text, re.MULTILINE) if group in name.lower() and name != group
    ]
    has = f", but in {' and '.join(map(repr, others))}" if others else ""
    return f"it has no entry point in group {group!r}{has}; its pyproject.toml needs {what}"
