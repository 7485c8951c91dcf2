"""The hooks of the predictor plugin."""

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_algorithms() -> list[Provided]:
    """Return the model-based search."""
    return [
        Provided(
            "Predictor",
            "fgspace_predictor.predictor:Predictor",
            "Bayesian optimisation: models measured metrics and computes costs, for 20 to 500 trials",
        )
    ]
