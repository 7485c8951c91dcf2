"""Named spaces: replaces a part that names a space written in Python by its description and hyper-parameters."""

from collections.abc import Mapping
from typing import Any

from fgspace.documents.document import Path
from fgspace.documents.plain import plain
from fgspace.errors import FgspaceError
from fgspace.network.network import network_of
from fgspace.network.parts.starts import WEIGHTS
from fgspace.network.resolve.decoded import Decoder
from fgspace.signatures.calls import make
from fgspace.signatures.parameters import ignored, parameters
from fgspace.signatures.reasons import FAILURES, reason
from fgspace.spaces.domains.tokens import Tokens
from fgspace.spaces.templates.checks import Checker
from fgspace.spaces.templates.placeholders import Placeholder, has_placeholder
from fgspace.spaces.templates.templater import Templater


def expand(templater: Templater, raw: Mapping[str, Any], at: Path, shown: str) -> Any:
    """Return the template of a part that names a space, None for any other part."""
    try:
        found = templater.registry.part(raw["type"])
    except FgspaceError:
        return None  # the check of the signatures reports an unknown type
    if found.kind != "search_space":
        return None
    tree = {key: templater.tree(value, (*at, key), f"{shown}.{key}".lstrip(".")) for key, value in raw.items()}
    checker = Checker(templater.document, templater.registry)
    checker.part(tree, at, shown)
    if has_placeholder(tree):
        checker.problems.append(
            templater.document.problem(
                at, shown, f"the parameters of {raw['type']} cannot be searched, only its own hyper-parameters"
            )
        )
    if not checker.problems:
        try:
            return _expanded(templater, raw, _without_ignored(templater, tree, found.load(), at, shown), at, shown)
        except FAILURES as error:
            checker.problems.append(templater.document.problem(at, shown, reason(error, raw["type"])))
    templater.problems += checker.problems
    return tree


def _without_ignored(templater: Templater, tree: dict[str, Any], target: Any, at: Path, shown: str) -> dict[str, Any]:
    """Return the tree without the parameters that change no network, and note those that are given in vain."""
    known = parameters(target)
    if note := ignored(tree["type"], known, tree):
        templater.notes.append(str(templater.document.problem(at, shown, note)))
    return {key: value for key, value in tree.items() if key not in known or known[key].ignored is None}


def _expanded(templater: Templater, raw: Mapping[str, Any], tree: dict[str, Any], at: Path, shown: str) -> Any:
    entry = network_of(templater.registry).types.entry(raw["type"])
    weights = {WEIGHTS: tree.pop(WEIGHTS)} if WEIGHTS in tree and WEIGHTS not in entry.known else {}
    if isinstance(entry.target, Decoder):
        return _with_tokens(templater, entry.target, tree, at, f"{shown}.tokens".lstrip(".")) | weights
    space = make(templater.registry, "search_space", tree)
    # Copied, since an object that two spaces of a class share would otherwise count as an alias: one hyper-parameter.
    described = templater.tree({**plain(space.description()), **weights}, at, shown)
    written = {path: _written(domain) for path, domain in space.hyper_parameters().items()}
    for path, domain in plain(written).items():
        templater.put(described, path, domain, at, shown)
    return described


def _with_tokens(templater: Templater, decoder: Decoder, tree: dict[str, Any], at: Path, path: str) -> dict[str, Any]:
    """Return the tree of a token space, with a placeholder for its tokens unless the tree gives them."""
    space = decoder.new_space({key: value for key, value in tree.items() if key not in ("type", "tokens")})
    domain = Tokens(tuple(plain(space.range_table(), "range_table")))
    if "tokens" not in tree:
        start = domain.decode(plain(space.init_tokens(), "init_tokens"))
        return {**tree, "tokens": Placeholder(path, domain, start, at, "tokens")}
    try:
        domain.decode(tree["tokens"])
    except ValueError as error:
        templater.problems.append(templater.document.problem((*at, "tokens"), path, str(error)))
    return tree


def _written(domain: Any) -> Any:
    return domain.to_json() if hasattr(domain, "to_json") else domain
