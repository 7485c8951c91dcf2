"""QuantEA: evolve how many bits each layer's weights and activations have, by NSGA-III.

After the algorithm of that name in Vega (Huawei Noah's Ark Lab), which has no paper of its own; its selection is that
of Deb and Jain, IEEE TEC 18 (2014).
"""

from fgspace_ea.compression import CompressionSearch


class QuantEA(CompressionSearch):
    """NSGA-III over bit widths.

    The initial point is evaluated first, then points drawn evenly until `random_models` trials are told. From then
    on a generation is `num_individual` children. A parent is the one of the lower front of two members drawn from
    the population, which holds `random_models`; with probability `crossover_rate` the genes between two cuts are
    exchanged and both children are used, else the one parent is the child; then each gene moves with probability
    `mutation_rate`, a bit width to another candidate. After each generation told, the population is what NSGA-III
    selects of itself and the children. No point is proposed twice.

    Args:
        space: what is searched.
        objectives: what the front is the front of, such as accuracy and bops.
        seed: where all randomness comes from.
        num_individual: how many children are a generation.
        num_generation: after how many generations the search ends; without it, the study's budget decides.
        random_models: how many founders there are, the initial point included, and members.
        crossover_rate: the share of matings that exchange genes.
        mutation_rate: the probability of each gene to move; left out, one over the number of genes.

    Raises:
        ValueError: an option is out of its range.
    """
