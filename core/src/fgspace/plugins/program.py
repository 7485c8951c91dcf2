"""The types that a program registers for itself."""

import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple, TypeVar, cast, overload

from fgspace.errors import FgspaceError, did_you_mean
from fgspace.plugins import builtin
from fgspace.plugins.hookspecs import HOOKS, KIND_WORDS, NAME, Kind
from fgspace.plugins.kinds import PROCESS, a_kind, kind_of, unfit
from fgspace.plugins.offers import defines_classes, is_of, networks_of
from fgspace.plugins.provisions import placed


class Registered(NamedTuple):
    """A class or function that this program registered under a name, or that its module offers without."""

    kind: Kind
    name: str
    thing: Any
    tags: tuple[str, ...] = ()
    offered: bool = False

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return (self.thing.__doc__ or "").strip().partition("\n")[0]


_KINDS = (*KIND_WORDS, PROCESS)
_THERE_ARE = f"; there are {', '.join(_KINDS)}"

# The one thing a process remembers: what it declared, as it remembers its classes. A registry copies it when made.
_registered: dict[tuple[Kind, str], Registered] = {}


Written = Kind | Literal["process"]
Thing = TypeVar("Thing", bound=Callable[..., Any])


@overload
def register(name: Thing, /, *, kind: Written | None = None) -> Thing: ...
@overload
def register(name: str, thing: Thing, /, *, kind: Written | None = None) -> Thing: ...
@overload
def register(name: str | None = None, /, *, kind: Written | None = None) -> Callable[[Thing], Thing]: ...
def register(name: Any = None, thing: Any = None, /, *, kind: Written | None = None) -> Any:
    """Give a class or function of this program a name that descriptions can use.

    Written `@register`, `@register("Name")`, `@register(kind="evaluator")` or `register("Name", thing)`. The name is
    the thing's own where none is given. The kind is told by the base of a class, or by the contract that it keeps: an
    evaluator has `metrics` and is called with a description, a process is called with a model and a shape, and so on.
    What tells no other kind is a module type. A cost rule is registered with its kind. A class that its module defines
    again, as a notebook does, takes the place of the former.
    A registry has the types that were registered before it was made.

    Raises:
        FgspaceError: core or this program has another type of this name, or the kind cannot be told.
    """
    if callable(name) and not isinstance(name, str):
        return _remember(getattr(name, "__name__", type(name).__name__), name, kind)
    if name is not None and not isinstance(name, str):
        raise FgspaceError(f"expected a name, a class or a function, got {name!r}")
    if thing is None:
        return lambda given: _remember(name or given.__name__, given, kind)
    return _remember(name or thing.__name__, thing, kind)


def registered() -> tuple[Registered, ...]:
    """Return what this program has registered so far, ordered by kind and name."""
    return tuple(_registered[key] for key in sorted(_registered))


def import_modules(modules: str | Iterable[str | os.PathLike[str]]) -> None:
    """Import modules, each a module's name or the path of a Python file, so that they register their types.

    A module that registers no module type offers the networks that it defines: public classes of `nn.Module` or of
    `FineGrainedSpace`, and functions that are annotated to return one.

    Raises:
        FgspaceError: a module does not exist, cannot be imported, or registers nothing and holds no class.
    """
    for module in [modules] if isinstance(modules, str | os.PathLike) else modules:
        module = os.fspath(module)
        before = set(sys.modules), len(_registered)
        imported = _imported(module)
        offered = _offer(imported, module)
        is_new = imported.__name__ not in before[0] and len(_registered) == before[1]
        if is_new and not offered and not defines_classes(imported):
            cure = "write @fgspace.register above a class or function"
            raise FgspaceError(f"-p {module}: registers nothing, and defines no nn.Module; {cure}")


def _imported(module: str) -> ModuleType:
    try:
        return _import_file(Path(module)) if module.endswith(".py") else _import_name(module)
    except FgspaceError:
        raise
    except (ImportError, OSError, SyntaxError) as error:
        raise FgspaceError(f"-p {module}: {_line_of(error, module)}{error}") from error
    except SystemExit as error:
        cure = 'put what it runs as a program below if __name__ == "__main__":'
        raise FgspaceError(
            f"-p {module}: {_line_of(error, module)}ends the program when it is imported; {cure}"
        ) from error
    except Exception as error:  # code of the user's own
        raise FgspaceError(f"-p {module}: {placed(error)}") from error


def _line_of(error: BaseException, module: str) -> str:
    """Return the line of a module that raised an error, as the beginning of a message; empty if none did."""
    name = Path(module).name if module.endswith(".py") else f"{module.rpartition('.')[2]}.py"
    lines = [one.lineno for one in traceback.extract_tb(error.__traceback__) if Path(one.filename).name == name]
    return f"{name}:{lines[-1]}: " if lines else ""


def _offer(module: ModuleType, written: str) -> bool:
    """Give the networks that a module defines their names, unless it registers some; return whether it has any."""
    networks = networks_of(module)
    if any(
        one.kind == "module" and not one.tags and not one.offered and is_of(one.thing, module) for one in registered()
    ):
        return True
    for name, thing in networks.items():
        one = Registered("module", name, thing, offered=True)
        if owner := _owner(one):
            cure = f"write @fgspace.register('Own{name}') above it, and that name in files"
            warnings.warn(
                f"-p {written}: {name!r} is not offered, since its name is taken {owner}; {cure}", stacklevel=2
            )
        else:
            _registered["module", name] = one
    return bool(networks)


def _remember(name: str, thing: Any, kind: Written | None) -> Any:
    if kind is not None and kind not in _KINDS:
        raise FgspaceError(f"unknown kind {kind!r}{did_you_mean(str(kind), _KINDS) or _THERE_ARE}")
    told = kind or (kind_of(name, thing) if callable(thing) else "module")
    if misfit := unfit(told, name, thing):
        raise FgspaceError(misfit)
    if not callable(thing):
        raise FgspaceError(
            f"{KIND_WORDS.get(cast(Kind, told), told)} {name!r} must be a class or a function, got {thing!r}"
        )
    one = Registered(*(("module", name, thing, (PROCESS,)) if told == PROCESS else (cast(Kind, told), name, thing)))
    if not NAME.fullmatch(name):
        raise FgspaceError(f"{name!r} is no name for {a_kind(told)}: write a word without spaces and '/'")
    if owner := _owner(one):
        raise FgspaceError(f"{KIND_WORDS[one.kind]} {name!r} is registered already, {owner}; choose another name")
    _registered[one.kind, name] = one
    return thing


def _owner(one: Registered) -> str | None:
    if other := _registered.get((one.kind, one.name)):
        place, former = _place(one.thing), _place(other.thing)
        again = other.thing is one.thing or (place == former and "<locals>" not in place)
        return None if again else f"by {former}"
    return "by core" if (one.kind, one.name) in _core_names() else None


def _place(thing: Any) -> str:
    return f"{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', repr(thing))}"


def _core_names() -> set[tuple[Kind, str]]:
    hooks = ((kind, getattr(builtin, hook, tuple)) for hook, kind in HOOKS.items())
    return {(kind, name) for kind, hook in hooks for provided in hook() for name in (provided.name, *provided.aliases)}


def _import_name(module: str) -> ModuleType:
    if os.sep in module or module.startswith("."):
        kind = "a folder" if Path(module).is_dir() else "neither"
        raise ImportError(f"expected a module, as in my_blocks, or a file, as in ./my_blocks.py; got {kind}")
    # The command does not have the folder it runs in on its path, as `python` has.
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    return import_module(module)


def _import_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise FileNotFoundError("there is no such file")
    if "." in path.stem:
        raise ImportError(f"a module has no dot in its name; call the file {path.stem.replace('.', '_')}.py")
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    imported = import_module(path.stem)
    if imported.__file__ is None or not path.samefile(imported.__file__):
        raise ImportError(f"a module {path.stem!r} is imported already, from elsewhere; name the file otherwise")
    return imported
