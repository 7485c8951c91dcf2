"""`fgspace show TYPE`: its parameters with types, defaults and default domains, its docstring and its origin."""

import inspect
from argparse import Namespace
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from fgspace.cli.display.table import table
from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.plugins.hookspecs import KIND_WORDS
from fgspace.plugins.registry import Type, load_registry
from fgspace.signatures.parameters import Parameter, parameters

_GIVEN_BY_THE_STUDY = {"algorithm": ("space", "objectives"), "early_stopping": ("objectives",)}


def run(arguments: Namespace) -> int:
    """Show every type of this name; there may be one of each kind."""
    registry = load_registry(arguments.no_plugin, arguments.modules)
    found = registry.find(arguments.what)
    if arguments.json:
        tell("show-type/1", {"types": [as_data(one) for one in found]})
    else:
        say("\n\n".join("\n".join(_lines(one)) for one in found))
    return 0


def as_data(one: Type) -> dict[str, Any]:
    """Return what is known of a type as plain data."""
    target, skipped = one.load(), _GIVEN_BY_THE_STUDY.get(one.kind, ())
    taken = [
        {**dict(zip(("name", "type", "default", "note"), _row(parameter), strict=True)), "required": parameter.required}
        for name, parameter in parameters(target).items()
        if name not in skipped
    ]
    origin = {"origin": one.origin.distribution, "version": one.origin.version}
    told = {"name": one.name, "kind": one.kind, **origin, "aliases": one.aliases, "summary": one.summary}
    return {**told, "parameters": taken, "documentation": inspect.getdoc(target) or ""}


def _lines(one: Type) -> Iterator[str]:
    target = one.load()
    yield f"{one.name}: {KIND_WORDS[one.kind]} of {one.origin}"
    if one.aliases:
        yield f"also called {', '.join(one.aliases)}"
    if one.summary:
        yield one.summary
    skipped = _GIVEN_BY_THE_STUDY.get(one.kind, ())
    rows = [_row(parameter) for name, parameter in parameters(target).items() if name not in skipped]
    if rows:
        yield ""
        yield from (f"  {line}" for line in table(rows).splitlines())
    if documented := inspect.cleandoc(_own_doc(target)):
        yield ""
        yield documented


def _own_doc(target: Any) -> str:
    """Return the docstring of a type, or that of a base which is not of torch: its page on `nn.Module` says nothing."""
    bases = target.__mro__ if isinstance(target, type) else (target,)
    own = (one for one in bases if one is target or not one.__module__.startswith("torch."))
    return next((one.__doc__ for one in own if one is not object and one.__doc__), "")


def _row(parameter: Parameter) -> tuple[str, ...]:
    return parameter.name, _type(parameter), _default(parameter), _note(parameter)


def _type(parameter: Parameter) -> str:
    if parameter.ref is not None:
        return f"a {{type: ...}} of kind {parameter.ref}"
    return "" if parameter.annotation is Any else inspect.formatannotation(_bare(parameter.annotation))


def _bare(annotation: Any) -> Any:
    """Return an annotation without its markers."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _default(parameter: Parameter) -> str:
    if parameter.starred:
        return "any number"
    if parameter.required:
        return "auto" if parameter.width == "in" else "required"
    return repr(parameter.default)


def _note(parameter: Parameter) -> str:
    notes = []
    if parameter.width is not None:
        notes.append(
            "input width, follows from the part before" if parameter.width == "in" else "declared output width"
        )
    if parameter.searched is not None:
        ones = ", its number of ones kept" if parameter.keeps_ones else ""
        notes.append(f"searched over {_domain(parameter.searched)}{ones}")
    if parameter.follows is not None:
        notes.append("a domain follows from the network")
    if parameter.ignored is not None and parameter.ignored.why:
        notes.append(f"ignored: {parameter.ignored.why}")
    return "; ".join(notes)


def _domain(domain: Any) -> str:
    written = domain.to_json()
    return f"{{{', '.join(f'{key}: {value}' for key, value in written.items())}}}"
