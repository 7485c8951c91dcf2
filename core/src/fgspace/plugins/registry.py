"""Resolves a name to a type of a plugin, of core or of the program, with its origin."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from fgspace.errors import FgspaceError, did_you_mean
from fgspace.plugins.hookspecs import KIND_WORDS, KINDS, NAMED_KINDS, Fit, Kind, Provided, SearchTask
from fgspace.plugins.loading import CORE, PROGRAM, PluginRecord, load_plugins, selection
from fgspace.plugins.lost import lost_with
from fgspace.plugins.official_names import KNOWN_NAMES, KNOWN_PLUGINS
from fgspace.plugins.program import Registered, import_modules, registered
from fgspace.plugins.provisions import imported


class UnknownTypeError(FgspaceError):
    """No enabled plugin provides a type of this name."""


class AmbiguousTypeError(FgspaceError):
    """Several plugins provide a type of this name."""


class Origin(NamedTuple):
    """The distribution and version that a type came from."""

    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}".strip()


@dataclass(frozen=True)
class Type:
    """A type that a file can name after `type:`.

    `target` is "package.module:Attribute", or the thing itself where the program registered it. `formerly`, `suits` and
    `examples` are those of `Provided`.
    """

    kind: Kind
    plugin: str
    short_name: str
    target: Any
    summary: str
    origin: Origin
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    formerly: tuple[str, ...] = ()
    suits: Callable[[SearchTask], Fit | None] | None = None
    examples: tuple[Mapping[str, Any], ...] | str = field(default=(), compare=False)

    @property
    def name(self) -> str:
        """The full name, "plugin/Name"."""
        return f"{self.plugin}/{self.short_name}"

    def load(self) -> Any:
        """Return the class or function itself, importing it when it is first used.

        Raises:
            FgspaceError: its module cannot be imported, or does not have it.
        """
        if not isinstance(self.target, str):
            return self.target
        try:
            return imported(self.target)
        except ImportError as error:
            raise FgspaceError(f"{KIND_WORDS[self.kind]} {self.name!r} ({self.origin}): {error}") from error


class Registry:
    """All types that can be named. `load_registry` makes one; it is passed to the functions that need it."""

    def __init__(self, types: Iterable[Type], plugins: tuple[PluginRecord, ...] = ()) -> None:
        self.types = tuple(sorted(types, key=lambda found: (KINDS.index(found.kind), found.plugin, found.short_name)))
        self.plugins = plugins
        self._named: dict[tuple[Kind, str], list[Type]] = {}
        for found in self.types:
            for name in (found.short_name, *found.aliases):
                self._named.setdefault((found.kind, name), []).append(found)
                self._named[found.kind, f"{found.plugin}/{name}"] = [found]
        for found in self.types:
            for name in filter(_is_full_name, found.formerly):
                self._named.setdefault((found.kind, name), [found])

    @cached_property
    def renamed(self) -> Mapping[str, str]:
        """Former target or full name of a type that has moved → the present one."""
        return {
            former: found.name if _is_full_name(former) else found.target
            for found in self.types
            for former in found.formerly
        }

    def get(self, kind: Kind, name: str) -> Type:
        """Return the type of this kind with a short name, full name or alias.

        Raises:
            UnknownTypeError: no type of this kind has the name.
            AmbiguousTypeError: several plugins provide it.
        """
        owned = self._owners(kind, name)
        if not owned:
            raise UnknownTypeError(f"unknown {KIND_WORDS[kind]} {name!r}{self._hint((kind,), name)}")
        if len(owned) > 1:
            raise AmbiguousTypeError(_ambiguous(kind, name, owned))
        return owned[0]

    def part(self, name: str) -> Type:
        """Return the type of a part of a network: a module type, else a search space.

        Raises:
            UnknownTypeError: neither has the name.
            AmbiguousTypeError: several plugins provide it.
        """
        kinds: tuple[Kind, ...] = ("module", "search_space")
        for kind in kinds:
            if self._owners(kind, name):
                return self.get(kind, name)
        raise UnknownTypeError(f"unknown module type {name!r}{self._hint(kinds, name)}")

    def first(self, kinds: Iterable[Kind], name: str) -> Type | None:
        """Return the type with this name of the first kind that has one; search spaces come right after modules."""
        for kind in kinds:
            for one in ("module", "search_space") if kind == "module" else (kind,):
                owners = self._owners(one, name)
                if len(owners) == 1:
                    return owners[0]
                if owners:
                    break  # several: of this kind, the name stands for none of them
        return None

    def find(self, name: str) -> tuple[Type, ...]:
        """Return the types with this name, at most one of each kind.

        Raises:
            UnknownTypeError: no type has the name.
            AmbiguousTypeError: several plugins provide it.
        """
        found = tuple(self.get(kind, name) for kind in NAMED_KINDS if (kind, name) in self._named)
        if not found:
            raise UnknownTypeError(f"unknown type {name!r}{self._hint(NAMED_KINDS, name)}")
        return found

    def there_are(self, *kinds: Kind) -> str:
        """Return the end of a message: the names of all types of these kinds; empty if there are none."""
        return _there_are(one.short_name for one in self.types if one.kind in kinds)

    def shortest(self, one: Type) -> str:
        """Return the shortest unambiguous name of a type."""
        owners = self._owners(one.kind, one.short_name)
        return one.short_name if owners == [one] else one.name

    def _owners(self, kind: Kind, name: str) -> list[Type]:
        """Return the types with this name; core's types cannot be shadowed."""
        found = self._named.get((kind, name), [])
        return [one for one in found if one.plugin == CORE] or found

    def _hint(self, kinds: Collection[Kind], name: str) -> str:
        """Return the end of a message on an unknown name: what the user may have meant, or can do."""
        plugin, slash, short = name.rpartition("/")
        if slash and plugin not in {one.plugin for one in self.types}:
            return _absent_plugin(plugin, self.plugins)
        # What a file names as core's may have left core.
        if plugin in ("", CORE) and short in KNOWN_NAMES and (told := _unavailable(KNOWN_NAMES[short], self.plugins)):
            return f"; {told}"
        elsewhere = [KIND_WORDS[other] for other in NAMED_KINDS if (other, name) in self._named]
        if elsewhere:
            return f"; there is {_a(elsewhere[0])} of that name"
        near = did_you_mean(name, (known for of, known in self._named if of in kinds and ("/" in known) == bool(slash)))
        if not near and "module" not in kinds:
            near = self.there_are(*kinds)
        told = f"{near}{lost_with(short, self.plugins)}"
        return told or "; fgspace list shows what there is, and -p MODULE imports types of your own"


def load_registry(no_plugin: Iterable[str] = (), modules: Iterable[str] = ()) -> Registry:
    """Load the installed plugins and return their types, core's and the program's.

    Args:
        no_plugin: plugins to leave out besides those that the environment names, by their or their distribution's name.
        modules: modules to import first, which register types: each a module's name or the path of a Python file.

    Raises:
        FgspaceError: a module cannot be imported, or core is named as to be left out.
    """
    import_modules(modules)
    return make_registry(load_plugins(selection(no_plugin)))


def make_registry(plugins: tuple[PluginRecord, ...]) -> Registry:
    """Return the types of these plugins, and those that the program has registered so far."""
    provided = [_provided(record, kind, one) for record in plugins for kind, one in record.provides]
    return Registry([*provided, *map(_of_program, registered())], plugins)


def _provided(record: PluginRecord, kind: Kind, one: Provided) -> Type:
    origin = Origin(record.distribution, record.version)
    rest = (one.aliases, one.tags, one.formerly, one.suits, one.examples)
    return Type(kind, record.name, one.name, one.target, one.summary, origin, *rest)


def _of_program(one: Registered) -> Type:
    return Type(one.kind, PROGRAM, one.name, one.thing, one.summary, Origin("this program", ""), tags=one.tags)


def _ambiguous(kind: Kind, name: str, owned: list[Type]) -> str:
    whose = " and ".join(f"plugin {one.plugin!r} ({one.origin})" for one in owned)
    ways = " or ".join(repr(one.name) for one in owned)
    return f"{KIND_WORDS[kind]} {name!r} is provided by {whose}; write {ways}, or leave a plugin out with --no-plugin"


def _absent_plugin(plugin: str, plugins: tuple[PluginRecord, ...]) -> str:
    if plugin == PROGRAM:
        return "; it is a type of your own, import its file with -p MODULE"
    told = _unavailable(plugin, plugins)
    return f"; {told}" if told else f"; no plugin {plugin!r} is installed{did_you_mean(plugin, _names(plugins))}"


def _unavailable(plugin: str, plugins: tuple[PluginRecord, ...]) -> str | None:
    """Return why the types of a plugin cannot be used, and what to do; None if that is unknown."""
    for record in plugins:
        if record.name == plugin and record.state != "ok":
            return f"{record}"
    if plugin in KNOWN_PLUGINS and plugin not in _names(plugins):
        return f"it is in {KNOWN_PLUGINS[plugin]}, which is not installed: pip install {KNOWN_PLUGINS[plugin]}"
    return None


def _is_full_name(former: str) -> bool:
    return "/" in former


def _there_are(names: Iterable[str]) -> str:
    known = sorted(set(names))
    return f"; there {'is' if len(known) == 1 else 'are'} {', '.join(known)}" if known else ""


def _a(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _names(plugins: tuple[PluginRecord, ...]) -> list[str]:
    return [record.name for record in plugins]
