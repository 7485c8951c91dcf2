"""fgspace: describe networks by fine-grained blocks, declare any parameter searchable, search with any algorithm."""

from importlib import import_module
from typing import Any

from fgspace.errors import DescriptionError, FgspaceError
from fgspace.hookspecs import Provided, hookimpl

__version__ = "0.1.0"

# What each public name needs is imported when the name is first used: `import fgspace` stays light.
_LAZY = {
    "FineGrainedSpace": "fgspace.network.part",
    "Repeat": "fgspace.network.combinators",
    "Sequential": "fgspace.network.combinators",
    "Add": "fgspace.network.combinators",
    "Append": "fgspace.network.combinators",
    "Concat": "fgspace.network.combinators",
    "Map": "fgspace.network.combinators",
    "Tuple": "fgspace.network.combinators",
    "Merge": "fgspace.network.combinators",
    "Multiply": "fgspace.network.combinators",
    "Interpolate": "fgspace.network.combinators",
    "View": "fgspace.network.combinators",
    "InWidth": "fgspace.description.signature",
    "OutWidth": "fgspace.description.signature",
    "ModuleRef": "fgspace.description.signature",
    "DatasetRef": "fgspace.description.signature",
    "Searched": "fgspace.description.signature",
    "Reference": "fgspace.description.signature",
    "Choice": "fgspace.domains",
    "Int": "fgspace.domains",
    "Float": "fgspace.domains",
    "Vector": "fgspace.domains",
    "register": "fgspace.program",
    "TokenSpace": "fgspace.space_classes",
    "DescribedSpace": "fgspace.space_classes",
    "Tokens": "fgspace.domains",
    "Space": "fgspace.spaces",
    "space": "fgspace.api",
    "build": "fgspace.api",
    "compress": "fgspace.api",
    "Study": "fgspace.search.study",
    "Algorithm": "fgspace.search.algorithm",
    "Exhausted": "fgspace.search.algorithm",
    "Objectives": "fgspace.search.objectives",
    "Trial": "fgspace.search.trial",
}

__all__ = ["DescriptionError", "FgspaceError", "Provided", "__version__", "hookimpl", "nn", *sorted(_LAZY)]


def __getattr__(name: str) -> Any:
    if name == "nn":
        return import_module("fgspace.network.nn")
    if name not in _LAZY:
        raise AttributeError(f"module 'fgspace' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
