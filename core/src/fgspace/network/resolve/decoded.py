"""Token spaces in a network: the composite of a list of tokens, decoded when its parts are needed."""

from collections.abc import Hashable, Mapping, Sequence
from types import FunctionType, MethodType
from typing import Any

from fgspace.documents.descriptions import is_composite
from fgspace.documents.plain import plain
from fgspace.errors import brief
from fgspace.network.parts.part import FineGrainedSpace, is_child
from fgspace.network.resolve.composites import listed
from fgspace.network.resolve.keys import freeze


class Decoded(FineGrainedSpace):
    """The network of a list of tokens, which a token space returns as a description or an `nn.Module`."""

    def constructor(self, space: Any, tokens: Sequence[int]) -> None:
        """Set the children; the parts of a plain composite become the children of this part."""
        arch = _arch(space, tokens)
        if isinstance(arch, Mapping) and is_composite(arch.get("type")):
            for name, child in listed(arch):
                self.add(name, child)
        else:
            self.add("network", arch)


def _arch(space: Any, tokens: Sequence[int]) -> Any:
    """Return the description, as plain JSON, or the `nn.Module` that a space makes of tokens."""
    arch = space.token2arch(list(tokens))
    if is_child(arch):
        return plain(arch, keep=is_child) if isinstance(arch, Mapping) else arch
    if isinstance(arch, FunctionType | MethodType):
        raise ValueError(
            f"{type(space).__name__}.token2arch returned a function; return a description, such as"
            ' {"type": "FineGrainedSpace", "modules": ["body", "head"], "body": ..., "head": ...}, or an nn.Module'
            " whose forward(self, x) is that function"
        )
    raise ValueError(
        f"{type(space).__name__}.token2arch returned {brief(arch)}, not a mapping with type or an nn.Module"
    )


class Decoder:
    """Makes the part of a token space from its parameters and tokens; one instance decodes all tokens."""

    def __init__(self, space_class: Any) -> None:
        self.__name__ = space_class.__name__
        self._class = space_class
        self._spaces: dict[Hashable, Any] = {}

    def __call__(self, tokens: Sequence[int] | None = None, **params: Any) -> Decoded:
        """Return the part of these tokens, by default of the initial tokens of the space."""
        space = self.space(params)
        return Decoded(space, tuple(plain(space.init_tokens() if tokens is None else tokens, "tokens")))

    def space(self, params: Mapping[str, Any]) -> Any:
        """Return the space with these parameters; it is made once and kept."""
        made = self._spaces.get(freeze(dict(params)))
        return self.new_space(params) if made is None else made

    def new_space(self, params: Mapping[str, Any]) -> Any:
        """Make a new space with these parameters, so that its warnings and errors about them are raised again."""
        space = self._spaces[freeze(dict(params))] = self._class(**params)
        return space
