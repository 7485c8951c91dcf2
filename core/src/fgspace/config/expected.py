"""Reads from a file what its network expects of its input."""

from fgspace.config.loading import Source, load
from fgspace.network.expected import Expected
from fgspace.plugins.registry import Registry


def expected(source: Source, *, registry: Registry | None = None) -> Expected:
    """Return what the network of a file expects of its input, and the names of its classes, as a search recorded it.

    Args:
        source: the path of a file, as of front/NUMBER/description.yaml, or the mapping that it would hold.
        registry: as for `space`.

    Raises:
        DescriptionError: the description does not fit the types it names.
        FgspaceError: the file, or a plugin that it needs, does not exist.
    """
    return load(source, registry=registry).expects
