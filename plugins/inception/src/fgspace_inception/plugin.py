"""What the inception plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Name the module types: the two blocks."""
    return [
        Provided("InceptionABlock", "fgspace_inception.blocks:InceptionABlock", "four branches, one two deep"),
        Provided("InceptionCBlock", "fgspace_inception.blocks:InceptionCBlock", "four branches, two of them forked"),
    ]
