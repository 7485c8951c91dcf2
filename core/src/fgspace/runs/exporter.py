"""The contract of an exporter, which writes a network in a format that other programs run, and the one of a network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from fgspace.api import split_processes
from fgspace.network.parts.part import Leaf
from fgspace.plugins.default_registry import default_registry
from fgspace.plugins.registry import Registry

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class NetworkFacts:
    """What is known of an exported network besides its module.

    `description` is the network's, all values fixed. `calls` returns path → call, a `Leaf`, of each module that one
    call made, before any process. `examples` returns some inputs of the evaluator's data, as the network takes them;
    it is None where no data are at hand. `preprocessing` says what an input goes through before the network, and
    `classes` are the names of what its output tells apart; both are empty where nothing is known of them.
    """

    description: Mapping[str, Any]
    calls: Callable[[], Mapping[str, Leaf]]
    examples: Callable[[int], Any] | None = None
    preprocessing: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    classes: tuple[str, ...] = ()


class Exporter(Protocol):
    """Writes a network to a file: a function, whose further keyword parameters are its options.

    `fgspace export --option NAME=VALUE` gives an option. What it returns, if anything, is printed on stderr. A keyword
    parameter `facts` is no option: it gets `NetworkFacts`. An option `with_preprocessing`, with which the network takes
    raw pixels, is given by `--with-preprocessing` too. An attribute `ending` of the function is the ending of the file
    where the user names none; without it, the ending is the exporter's name.

    A process may name the exporters that write its networks, in place of those that are asked for: an attribute
    `exporters` of its class is a mapping from formats to full names, such as {"onnx": "quant/qdq"}.
    """

    def __call__(self, model: "nn.Module", path: Path, input_shape: tuple[int, ...], /) -> object:
        """Write the model.

        Args:
            model: the network, with its weights.
            path: the file to write, or the folder.
            input_shape: the shape of its input, without the batch.

        Raises:
            ValueError: the model, or an option, cannot be exported; the message says why.
        """


def exporter(name: str, description: Mapping[str, Any], *, registry: Registry | None = None) -> Callable[..., Any]:
    """Return the exporter of a format for the network of a description; see `Exporter`.

    A process of the network may name the one that writes its networks.

    Raises:
        FgspaceError: there is no exporter of this name, or a part names an unknown type.
    """
    registry = registry or default_registry()
    _, processes = split_processes(description, registry=registry)
    for described in processes.values():
        name = getattr(registry.part(described["type"]).load(), "exporters", {}).get(name, name)
    found: Callable[..., Any] = registry.get("exporter", name).load()
    return found
