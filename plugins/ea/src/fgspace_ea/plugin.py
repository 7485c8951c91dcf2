"""The hooks of the ea plugin."""

from fgspace import Fit, Provided, SearchTask, hookimpl

_MODELLED = 500
"""The number of trials up to which a model of the trials finds more than evolution does."""


@hookimpl
def fgspace_provide_algorithms() -> list[Provided]:
    """Return the evolutionary algorithms."""
    return [
        Provided(
            "BackboneNasSearch",
            "fgspace_ea.backbone_nas:BackboneNasSearch",
            "evolves the places where a backbone doubles its channels and halves its resolution",
            aliases=("BackboneNas",),
        ),
        Provided(
            "RegularizedEvolution",
            "fgspace_ea.regularized_evolution:RegularizedEvolution",
            "aging evolution: mutates the best of a sample and removes the oldest member",
        ),
        Provided(
            "LocalSearch",
            "fgspace_ea.local_search:LocalSearch",
            "iterated local search: climbs from one local optimum to the next, with kicks and restarts",
            suits=lambda task: Fit(70, f"{_why(task)}there is one objective") if len(task.objectives) == 1 else None,
        ),
        Provided(
            "NSGA2",
            "fgspace_ea.nsga2:NSGA2",
            "genetic algorithm with crowding distance, for two objectives",
            suits=lambda task: Fit(70, f"{_why(task)}there are two objectives") if len(task.objectives) == 2 else None,
        ),
        Provided(
            "NSGA3",
            "fgspace_ea.nsga3:NSGA3",
            "genetic algorithm with reference directions, for many objectives",
            suits=lambda task: Fit(60, f"{_why(task)}there are {len(task.objectives)} objectives"),
        ),
        Provided("PruneEA", "fgspace_ea.prune_ea:PruneEA", "NSGA-III for masks and widths of channels"),
        Provided("QuantEA", "fgspace_ea.quant_ea:QuantEA", "NSGA-III for bit widths of layers"),
    ]


def _why(task: SearchTask) -> str:
    """Return why evolution suits a task better than a model does, as the beginning of a reason."""
    if not task.measured:
        return "no objective has to be measured, and "
    return f"{task.trials} trials are too many to model, and " if task.trials > _MODELLED else ""
