"""The types that the inception plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Name the module types: the two blocks."""
    return [
        Provided("InceptionABlock", "fgspace_inception.blocks:InceptionABlock", "four branches, concatenated"),
        Provided(
            "InceptionCBlock", "fgspace_inception.blocks:InceptionCBlock", "four branches, two of them split at the end"
        ),
    ]


@hookimpl
def fgspace_provide_search_spaces() -> Iterable[Provided]:
    """Name the token spaces: sequences of blocks of one kind."""
    return [
        Provided("InceptionABlockSpace", "fgspace_inception.spaces:InceptionABlockSpace", "A blocks, 9 tokens each"),
        Provided("InceptionCBlockSpace", "fgspace_inception.spaces:InceptionCBlockSpace", "C blocks, 11 tokens each"),
    ]
