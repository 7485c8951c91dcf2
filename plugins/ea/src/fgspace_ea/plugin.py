"""The hooks of the ea plugin."""

from fgspace import Provided, hookimpl


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
        ),
        Provided("NSGA2", "fgspace_ea.nsga2:NSGA2", "genetic algorithm with crowding distance, for two objectives"),
        Provided("NSGA3", "fgspace_ea.nsga3:NSGA3", "genetic algorithm with reference directions, for many objectives"),
        Provided("PruneEA", "fgspace_ea.prune_ea:PruneEA", "NSGA-III for masks and widths of channels"),
        Provided("QuantEA", "fgspace_ea.quant_ea:QuantEA", "NSGA-III for bit widths of layers"),
    ]
