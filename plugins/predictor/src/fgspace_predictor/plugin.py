"""What the predictor plugin provides."""

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_algorithms() -> list[Provided]:
    """Return the model-based search."""
    return [
        Provided(
            "Predictor",
            "fgspace_predictor.predictor:Predictor",
            "models what is measured and computes what is known, for budgets of 20 to 500",
        )
    ]
