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
        ),
        Provided("NSGA2", "fgspace_ea.nsga2:NSGA2", "a front kept wide by crowding distance, for two objectives"),
        Provided("NSGA3", "fgspace_ea.nsga3:NSGA3", "a front kept wide by directions, for any number of objectives"),
        Provided("PruneEA", "fgspace_ea.prune_ea:PruneEA", "NSGA-III over masks and widths of channels"),
        Provided("QuantEA", "fgspace_ea.quant_ea:QuantEA", "NSGA-III over bit widths"),
    ]
