"""Puts in the declared domains of processes that follow from the network before them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fgspace.documents.document import Path
from fgspace.documents.plain import plain
from fgspace.network.costs import PartError, Shape
from fgspace.network.network import Network
from fgspace.network.resolve.descriptions import Processed
from fgspace.signatures.reasons import FAILURES, reason
from fgspace.spaces.domains import Domain
from fgspace.spaces.templates.placeholders import Later, Placeholder, fill_at_start

FORM = "declared domain, which follows from the network"


@dataclass(frozen=True)
class Wrong:
    """A problem of a hyper-parameter: its path in the document, its path in the space, and the message."""

    at: Path
    path: str
    message: str


def put_following(later: list[Later], tree: Mapping[str, Any], network: Network, shape: Shape) -> list[Wrong]:
    """Put in the hyper-parameters whose domains follow from the initial network; return the problems."""
    wrong = []
    for one in later:
        try:
            found = _following(one, tree, network, shape)
        except PartError as error:
            if error.path[:1] == (one.path.partition(".")[0],):  # the check of the other parts reports theirs
                wrong.append(Wrong(one.at, one.path, error.message))
        except FAILURES as error:
            wrong.append(Wrong(one.at, one.path, reason(error)))
        else:
            one.holder[one.key] = _placeholders(found, one.holder.get(one.key), one.path, one.at)
    return wrong


def _following(one: Later, tree: Mapping[str, Any], network: Network, shape: Shape) -> Any:
    name, *rest = one.path.split(".")
    if len(rest) != 1 or tree.get(name) is not one.holder:
        raise ValueError("has a declared domain only if its process is a part of the whole network; write one")
    description = {key: fill_at_start(value) for key, value in tree.items() if key != "input_shape"}
    part = network.part(description, shape)
    if not isinstance(part, Processed):
        raise ValueError(f"{name} is not a process, so no domain follows from the network; write one")
    return one.follows(*network.before_process(part, shape, name))


def _placeholders(found: Any, described: Any, path: str, at: Path) -> Any:
    """Return the placeholders of (domain, initial value) pairs, which may be in lists and mappings."""
    if isinstance(found, Mapping):
        given = described if isinstance(described, Mapping) else {}
        return {key: _placeholders(one, given.get(key), f"{path}.{key}", at) for key, one in found.items()}
    if isinstance(found, list):
        listed = described if isinstance(described, list) else []
        padded = [*listed, *[None] * len(found)]
        return [_placeholders(one, padded[index], f"{path}.{index}", at) for index, one in enumerate(found)]
    domain, start = found[0], plain(found[1], path)
    return _placeholder(domain, described if domain.contains(described) else start, path, at)


def _placeholder(domain: Domain, start: Any, path: str, at: Path) -> Placeholder:
    return Placeholder(path, domain, start, at, FORM)
