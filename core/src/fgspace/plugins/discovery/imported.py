"""Tells which of several distributions of one name is the one whose modules Python imports."""

import base64
import csv
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import PurePath
from urllib.parse import unquote, urlsplit

from fgspace.plugins.discovery.distributions import Distribution, real


def imported(several: Sequence[Distribution], packages: Iterable[str]) -> int:
    """Return which distribution has the packages of these names as Python would import them now.

    Beside the place of a package, what tells two in one folder apart is that the files agree with the list of those
    that were installed; where that is true of both, the newer has written them.
    """
    places = [place for package in packages for place in _places(package)]
    return max(range(len(several)), key=lambda index: (_evidence(several[index], places), -index))


def _evidence(one: Distribution, places: Sequence[PurePath]) -> tuple[bool, float, bool, tuple[tuple[int, ...], bool]]:
    roots = [real(one.folder).parent, *_editable(one)] if one.folder is not None else []
    owns = any(place.is_relative_to(root) for place in places for root in roots[1:])
    beside = any(place.parent == root for place in places for root in roots[:1])
    return (owns or beside, 1.0 if owns else _intact(one), one.read_or_none("METADATA") is not None, _age(one.version))


def _places(package: str) -> Iterator[PurePath]:
    """Yield the folder of a package, or the file of a module, that Python would import; nothing is imported."""
    try:
        spec = find_spec(package)
    except (ImportError, ValueError, AttributeError):
        return
    if spec is None:
        return
    if spec.submodule_search_locations is not None:
        yield from map(real, spec.submodule_search_locations)
    elif spec.origin is not None:
        yield real(spec.origin)


def _editable(one: Distribution) -> Iterator[PurePath]:
    """Yield the folder that an editable installation imports from."""
    try:
        told = json.loads(one.read_or_none("direct_url.json") or b"{}")
        if told.get("dir_info", {}).get("editable"):
            yield real(unquote(urlsplit(told["url"]).path))
    except (ValueError, AttributeError, KeyError, TypeError):
        return


def _intact(one: Distribution) -> float:
    """Return the share of the Python files that were installed and are still as they were."""
    listed = [row for row in _record(one) if row[0].endswith(".py") and row[1].startswith("sha256=")]
    same = [path for path, digest, *_ in listed if _digest(one, path) == digest]
    return len(same) / len(listed) if listed else 0.0


def _record(one: Distribution) -> list[list[str]]:
    lines = (one.read_or_none("RECORD") or b"").decode("utf-8", "replace").splitlines()
    try:
        return [row for row in csv.reader(lines) if len(row) > 1]
    except csv.Error:
        return []


def _digest(one: Distribution, path: str) -> str:
    try:
        data = one.folder.parent.joinpath(path).read_bytes()
    except (OSError, KeyError):
        return ""
    return f"sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')}"


def _age(version: str) -> tuple[tuple[int, ...], bool]:
    """Return a version in a form that can be compared: a release after what went before it."""
    release = re.match(r"\d+(\.\d+)*", version)
    numbers = [int(number) for number in release.group().split(".")] if release else []
    while numbers and not numbers[-1]:
        numbers.pop()
    before = re.search(r"\d[-_.]?(a|b|c|rc|alpha|beta|pre|preview|dev)", version.lower()) is not None
    return tuple(numbers), not before
