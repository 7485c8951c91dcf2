"""What the ea plugin provides."""

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_algorithms() -> list[Provided]:
    """Return the evolutionary algorithms."""
    return [
        Provided(
            "BackboneNasSearch",
            "fgspace_ea.backbone_nas:BackboneNasSearch",
            "moves where a backbone doubles and down-samples, from parents on the front",
            aliases=("BackboneNas",),
        )
    ]
