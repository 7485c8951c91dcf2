"""What the ea plugin provides."""

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
            "moves where a backbone doubles and down-samples, from parents on the front",
            aliases=("BackboneNas",),
        ),
        Provided(
            "RegularizedEvolution",
            "fgspace_ea.regularized_evolution:RegularizedEvolution",
            "mutates the best of a sample, and lets the oldest die",
        ),
        Provided(
            "LocalSearch",
            "fgspace_ea.local_search:LocalSearch",
            "climbs from one local optimum to the next, with kicks and restarts",
            suits=lambda task: Fit(70, f"{_why(task)}there is one objective") if len(task.objectives) == 1 else None,
        ),
        Provided(
            "NSGA2",
            "fgspace_ea.nsga2:NSGA2",
            "a front kept wide by crowding distance, for two objectives",
            suits=lambda task: Fit(70, f"{_why(task)}there are two objectives") if len(task.objectives) == 2 else None,
        ),
        Provided(
            "NSGA3",
            "fgspace_ea.nsga3:NSGA3",
            "a front kept wide by directions, for any number of objectives",
            suits=lambda task: Fit(60, f"{_why(task)}there are {len(task.objectives)} objectives"),
        ),
        Provided("PruneEA", "fgspace_ea.prune_ea:PruneEA", "NSGA-III over masks and widths of channels"),
        Provided("QuantEA", "fgspace_ea.quant_ea:QuantEA", "NSGA-III over bit widths"),
    ]


def _why(task: SearchTask) -> str:
    """Return why evolution suits a task better than a model does, as the beginning of a reason."""
    if not task.measured:
        return "no objective has to be measured, and "
    return f"{task.trials} trials are too many to model, and " if task.trials > _MODELLED else ""
