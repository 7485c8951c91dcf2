"""The types that the inception plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Name the module types: the two blocks."""
    return [
        Provided(
            "InceptionABlock",
            "fgspace_inception.blocks:InceptionABlock",
            "four branches, concatenated",
            examples=({"channels": [8, 6, 8, 6, 8, 8, 4], "input": [4, 9, 9]},),
        ),
        Provided(
            "InceptionCBlock",
            "fgspace_inception.blocks:InceptionCBlock",
            "four branches, two of them split at the end",
            examples=({"channels": [8, 6, 4, 4, 6, 6, 4, 4, 4], "input": [4, 9, 9]},),
        ),
    ]


@hookimpl
def fgspace_provide_search_spaces() -> Iterable[Provided]:
    """Name the token spaces: sequences of blocks of one kind."""
    return [
        Provided(
            "InceptionABlockSpace",
            "fgspace_inception.spaces:InceptionABlockSpace",
            "A blocks, 9 tokens each",
            examples=({"block_mask": [0, 1], "num_class": 4, "input": [3, 16, 16]},),
        ),
        Provided(
            "InceptionCBlockSpace",
            "fgspace_inception.spaces:InceptionCBlockSpace",
            "C blocks, 11 tokens each",
            examples=({"block_mask": [0, 1], "num_class": 4, "input": [3, 16, 16]},),
        ),
    ]
