"""Puts the text of `model.py` together."""

import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from fgspace_export.source.expressions import Expressions

_HELPERS = {
    "chain": '''
def chain(**modules: nn.Module) -> nn.Sequential:
    """Return a chain of modules, by their names in the state_dict."""
    return parts(nn.Sequential(), **modules)
''',
    "parts": '''
def parts(module: nn.Module, **modules: nn.Module) -> nn.Module:
    """Give a module its parts, by their names in the state_dict, and return it."""
    for name, part in modules.items():
        module.add_module(name, part)
    return module
''',
    "replace": '''
def replace(network: nn.Module, path: str, module: nn.Module) -> None:
    """Put a module at a path of the network."""
    around, _, name = path.rpartition(".")
    setattr(network.get_submodule(around), name, module)
''',
    "remember": '''
def remember(network: nn.Module, path: str, **values: object) -> None:
    """Set numbers that a module of the network remembers."""
    for name, value in values.items():
        setattr(network.get_submodule(path), name, value)
''',
    "resize": '''
def resize(network: nn.Module, path: str, **sizes: tuple[int, ...] | None) -> None:
    """Give tensors of a module other sizes; their values are loaded later."""
    module = network.get_submodule(path)
    for name, size in sizes.items():
        held = module._parameters if name in module._parameters else module._buffers
        if size is None or held.get(name) is None:
            held[name] = None if size is None else torch.empty(size)
        else:
            empty = torch.empty(size, dtype=held[name].dtype)
            held[name] = nn.Parameter(empty, empty.is_floating_point()) if held is module._parameters else empty
''',
}
_LOAD = '''
def load(weights: str | Path = Path(__file__).with_name("weights.pt")) -> nn.Module:
    """Return the network with its weights, in evaluation mode."""
    net = network(){dtype}
    state = torch.load(weights, map_location="cpu", weights_only=True)
{unsaved}    net.load_state_dict(state{assign})
    return net.eval()
'''
_UNSAVED = """\
    for path in UNSAVED:  # buffers that the state_dict of the network leaves out
        around, _, name = path.rpartition(".")
        net.get_submodule(around)._buffers[name] = state.pop(path)
"""


def text(head: str, expression: str, source: Expressions, lines: Sequence[str], facts: Mapping[str, Any]) -> str:
    """Return the whole text.

    Args:
        head: the docstring.
        expression: the network.
        source: what the expression needs.
        lines: what is changed in the network afterwards.
        facts: `dtype`, the type of the values where it is not float32; `strided`, whether the layout of tensors in
            memory must be kept; `unsaved`, the names of buffers that are loaded besides the state_dict; `constants`,
            name → value of what is known of the network.
    """
    body = [*(f"{name} = {one}" for name, one in source.shared.items()), f"net = {expression}", *lines]
    function = 'def network() -> nn.Module:\n    """Return the network; its weights are drawn at random."""\n'
    if len(body) == 1:
        function += textwrap.indent(f"return {expression}", "    ")
    else:
        function += textwrap.indent("\n".join([*body, "return net"]), "    ")
    wanted = function + "".join(source.inlined.code.values())
    helpers = [
        one for name, one in _HELPERS.items() if f"{name}(" in wanted or (name == "parts" and "chain(" in wanted)
    ]
    unsaved = tuple(facts.get("unsaved", ()))
    known = {**facts.get("constants", {}), **({"UNSAVED": unsaved} if unsaved else {})}
    load = _LOAD.format(
        dtype=f".to({facts['dtype']})" if facts.get("dtype") else "",
        unsaved=_UNSAVED if unsaved else "",
        assign=", assign=True" if facts.get("strided") else "",
    )
    top = [
        f'"""{head}\n"""',
        "\n".join(_imports(source)),
        "\n".join(f"{name} = {one!r}" for name, one in known.items()),
    ]
    code = [*source.inlined.code.values(), *helpers, function, load]
    return "\n\n".join(filter(None, top)) + "\n\n\n" + "\n\n\n".join(one.strip("\n") for one in code) + "\n"


def _imports(source: Expressions) -> list[str]:
    """Return the statements of import: the standard library, then the others."""
    found = {"import torch", "from torch import nn", "from pathlib import Path", *source.inlined.imports.values()}
    inner = {one for one in found if one.split()[1].partition(".")[0] in sys.stdlib_module_names}
    parts = ["\n".join(sorted(some, key=str.lower)) for some in (inner, found - inner)]
    return ["\n\n".join(parts)]
