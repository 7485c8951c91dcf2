"""Spaces that are written in Python: of tokens, or of a description and its hyper-parameters."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self
from warnings import catch_warnings, simplefilter, warn

from fgspace.documents.document import Document
from fgspace.documents.plain import as_plain
from fgspace.errors import FgspaceError
from fgspace.plugins.default_registry import default_registry
from fgspace.signatures.parameters import ignored, parameters
from fgspace.spaces.loading import load_space
from fgspace.spaces.space import Space


class _SpaceClass:
    """Gives a space class the attributes of its `Space`: `sample`, `mutate`, `encode`, `decode`, `at`, `build`, ..."""

    _arguments: dict[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Remember the arguments, which become the parameters of the space's description."""
        made = super().__new__(cls)
        known = parameters(cls.__init__)
        made._arguments = {**dict(zip(list(known)[1:], args, strict=False)), **kwargs}
        if note := ignored(cls.__name__, known, made._arguments):
            warn(note, stacklevel=2)
        return made

    @cached_property
    def space(self) -> Space:
        """The space that the class describes.

        Raises:
            FgspaceError: the class is not registered, and so has no name for a description.
        """
        cls = type(self)
        registry = default_registry()
        for found in registry.types:
            target = found.target
            if found.kind == "search_space" and target in (cls, f"{cls.__module__}:{cls.__qualname__}"):
                with catch_warnings():
                    simplefilter("ignore")  # the space gave its warnings when it was made
                    arguments = as_plain(self._arguments, cls.__name__)
                    return load_space(Document({"search_space": {"type": found.name, **arguments}}), registry)
        raise FgspaceError(f"{cls.__name__} has no name yet; put @fgspace.register above the class")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._arguments == getattr(other, "_arguments", None)

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        written = ", ".join(f"{name}={value!r}" for name, value in self._arguments.items())
        return f"{type(self).__name__}({written})"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(Space, name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self.space, name)


def space_in(given: Any) -> Space | None:
    """Return the space that a program gives as an object: a `Space`, or a space class or an instance of one.

    Raises:
        FgspaceError: the class has no name yet, or cannot be made without arguments.
    """
    if isinstance(given, type) and issubclass(given, _SpaceClass):
        try:
            given = given()
        except TypeError as error:
            raise FgspaceError(f"{given.__name__} needs arguments: {error}; give an instance") from error
    return given.space if isinstance(given, _SpaceClass) else given if isinstance(given, Space) else None


class TokenSpace(_SpaceClass):
    """A space whose points are lists of integers that the class itself turns into networks.

    A subclass writes the three methods below, and takes its settings as parameters of `__init__`.
    """

    def init_tokens(self) -> list[int]:
        """Return the tokens to start from."""
        raise NotImplementedError

    def range_table(self) -> list[int]:
        """Return the number of values of each token, which run from 0 to that number minus 1."""
        raise NotImplementedError

    def token2arch(self, tokens: Sequence[int]) -> Any:
        """Return the network of these tokens: a description (a mapping with `type`), or an `nn.Module`.

        In a description, input widths may be left out: they follow from the part before.
        """
        raise NotImplementedError


class DescribedSpace(_SpaceClass):
    """A space whose class makes a description and the domains of the values in it that are searched.

    A subclass writes the two methods below, and takes its settings as parameters of `__init__`.
    """

    def description(self) -> Mapping[str, Any]:
        """Return the description, as it stands under `search_space` in a file."""
        raise NotImplementedError

    def hyper_parameters(self) -> Mapping[str, Any]:
        """Return path → domain: a `fgspace.Choice`, `Int`, `Float` or `Vector`, or a domain as a file writes it."""
        raise NotImplementedError
