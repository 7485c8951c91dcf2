"""What a program calls: the space, or the network, of a description."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fgspace.defaults import default_registry, network_of
from fgspace.experiment import Source, load
from fgspace.registry import Registry
from fgspace.spaces import Space

if TYPE_CHECKING:
    from torch import nn


def space(
    source: Source | Sequence[Any], *, registry: Registry | None = None, input_shape: Sequence[int] | None = None
) -> Space:
    """Return the space that a file or a mapping describes.

    Args:
        source: the path of a YAML file, or the mapping it would hold, or only what stands under `search_space`.
        registry: the types that can be named; the installed plugins' and this program's where left out.
        input_shape: (channels, height, width) of the input, without the batch; where left out, what the space or the
            evaluator's data say, else (3, 32, 32).

    Raises:
        DescriptionError: the description does not fit the types it names; all problems at once.
        FgspaceError: the file, or a plugin it needs, is not there.
    """
    return load(source, registry=registry, input_shape=input_shape).space


def build(
    source: Source, *, input_shape: Sequence[int] | None = None, init: bool = True, registry: Registry | None = None
) -> "nn.Module":
    """Build the network of a description; of a space, that of its initial point.

    Args:
        source: a description with all values fixed, or anything that `space` takes.
        input_shape: as for `space`.
        init: whether to initialise the parameters; without, they are whatever memory holds until weights are loaded.
        registry: as for `space`.

    Raises:
        DescriptionError: the description does not fit the types it names.
    """
    network = network_of(registry or default_registry())
    if isinstance(source, Mapping) and "type" in source and input_shape is not None:
        return network.build(source, tuple(input_shape), init=init)
    return load(source, registry=registry, input_shape=input_shape).space.build(init=init)
