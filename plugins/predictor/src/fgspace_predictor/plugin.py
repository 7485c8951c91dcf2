"""The hooks of the predictor plugin."""

from fgspace import Fit, Provided, SearchTask, hookimpl

_FEW = 500
"""The number of trials up to which each is worth the time that a model of those before it takes."""


@hookimpl
def fgspace_provide_algorithms() -> list[Provided]:
    """Return the model-based search."""
    return [
        Provided(
            "Predictor",
            "fgspace_predictor.predictor:Predictor",
            "Bayesian optimisation: models measured metrics and computes costs, for 20 to 500 trials",
            suits=_suits,
        )
    ]


def _suits(task: SearchTask) -> Fit | None:
    if not task.measured or task.trials > _FEW:
        return None
    return Fit(80, f"{task.trials} trials are few enough to model {' and '.join(task.measured)}")
