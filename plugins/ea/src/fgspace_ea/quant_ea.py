"""QuantEA: evolve by NSGA-III the bit widths of the weights and activations of each layer.

After the algorithm of the same name in Vega (Huawei Noah's Ark Lab), which has no paper of its own; its selection is
that of Deb and Jain, IEEE TEC 18 (2014).
"""

from fgspace_ea.compression import CompressionSearch


class QuantEA(CompressionSearch):
    """NSGA-III over bit widths.

    The initial point is evaluated first, then random points until `random_models` trials are told. From then on a
    generation has `num_individual` children, and the population has `random_models` members. A parent is the member of
    the lower front of two drawn at random. With probability `crossover_rate` two parents exchange the genes between two
    cuts, which makes two children; otherwise the child is a copy of one parent. Then each gene is mutated with
    probability `mutation_rate`: a bit width becomes another of its candidates. After each generation, NSGA-III selects
    the next population from the members and the children. No point is proposed twice.

    Args:
        space: the space to search.
        objectives: the objectives and constraints, such as accuracy and bops.
        seed: the seed of all randomness.
        num_individual: the number of children in a generation.
        num_generation: the number of generations after which the search ends; by default the budget of the study
            decides.
        random_models: the number of founders, including the initial point, and of members.
        crossover_rate: the probability that two parents exchange genes.
        mutation_rate: the probability that a gene is mutated; by default one over the number of genes.

    Raises:
        ValueError: an option is out of its range.
    """

    makes_plain_points = True
