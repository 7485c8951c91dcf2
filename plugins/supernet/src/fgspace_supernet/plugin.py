"""What the supernet plugin provides."""

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_evaluators() -> list[Provided]:
    """Provide the evaluator that judges candidates by shared weights."""
    return [
        Provided(
            "SuperNet",
            "fgspace_supernet.evaluator:SuperNet",
            "trains one set of weights for all networks of a space, and measures each by its part of them",
        ),
    ]
