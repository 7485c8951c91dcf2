"""fgspace: describe networks by fine-grained blocks, declare any parameter searchable, search with any algorithm."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fgspace.errors import DescriptionError, FgspaceError
from fgspace.hookspecs import Provided, hookimpl

if TYPE_CHECKING:  # the same for type checkers and editors, which do not run what is below
    from fgspace.api import build as build
    from fgspace.api import compress as compress
    from fgspace.api import space as space
    from fgspace.description.signature import DatasetRef as DatasetRef
    from fgspace.description.signature import InWidth as InWidth
    from fgspace.description.signature import ModuleRef as ModuleRef
    from fgspace.description.signature import OutWidth as OutWidth
    from fgspace.description.signature import Reference as Reference
    from fgspace.description.signature import Searched as Searched
    from fgspace.domains import Choice as Choice
    from fgspace.domains import Float as Float
    from fgspace.domains import Int as Int
    from fgspace.domains import Tokens as Tokens
    from fgspace.domains import Vector as Vector
    from fgspace.network import nn as nn
    from fgspace.network.combinators import Add as Add
    from fgspace.network.combinators import Append as Append
    from fgspace.network.combinators import Concat as Concat
    from fgspace.network.combinators import Interpolate as Interpolate
    from fgspace.network.combinators import Map as Map
    from fgspace.network.combinators import Merge as Merge
    from fgspace.network.combinators import Multiply as Multiply
    from fgspace.network.combinators import Repeat as Repeat
    from fgspace.network.combinators import Sequential as Sequential
    from fgspace.network.combinators import Tuple as Tuple
    from fgspace.network.combinators import View as View
    from fgspace.network.part import FineGrainedSpace as FineGrainedSpace
    from fgspace.program import register as register
    from fgspace.search.algorithm import Algorithm as Algorithm
    from fgspace.search.algorithm import Exhausted as Exhausted
    from fgspace.search.objectives import Objectives as Objectives
    from fgspace.search.stopping.rule import EarlyStopping as EarlyStopping
    from fgspace.search.study import Study as Study
    from fgspace.search.trial import Trial as Trial
    from fgspace.space_classes import DescribedSpace as DescribedSpace
    from fgspace.space_classes import TokenSpace as TokenSpace
    from fgspace.spaces import Space as Space

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
    "EarlyStopping": "fgspace.search.stopping.rule",
    "Objectives": "fgspace.search.objectives",
    "Trial": "fgspace.search.trial",
}

__all__ = ["DescriptionError", "FgspaceError", "Provided", "__version__", "hookimpl", "nn", *sorted(_LAZY)]


if not TYPE_CHECKING:  # so that a name that is not there is an error to a type checker

    def __getattr__(name: str) -> Any:
        if name == "nn":
            return import_module("fgspace.network.nn")
        if name not in _LAZY:
            raise AttributeError(f"module 'fgspace' has no attribute {name!r}")
        return getattr(import_module(_LAZY[name]), name)
