"""The hooks of the annealing plugin."""

from fgspace import Fit, Provided, hookimpl


@hookimpl
def fgspace_provide_algorithms() -> list[Provided]:
    """Return simulated annealing."""
    return [
        Provided(
            "SANAS",
            "fgspace_annealing.annealing:SimulatedAnnealing",
            "simulated annealing: walks from neighbour to neighbour, less and less often to a worse one",
            aliases=("SimulatedAnnealing",),
            suits=lambda task: Fit(50, f"its schedule fits {task.trials} trials", {"steps": task.trials}),
        )
    ]
