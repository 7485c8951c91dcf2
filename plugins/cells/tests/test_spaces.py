"""The spaces of cells: their tokens and sizes, the counts of the reference, and searches on them."""

import re
from functools import cache
from random import Random
from types import MappingProxyType

import fgspace
import pytest
from fgspace.testing import SpaceSuite
from fgspace_cells.catalogue import DARTS, NAS_BENCH_201
from fgspace_cells.genotypes import PUBLISHED, Genotype
from fgspace_cells.spaces import DartsCellSpace, DartsSpace

SHAPE = (3, 32, 32)
# PaddleSlim's search over DartsSpace ended at these tokens.
FOUND = [5, 5, 0, 5, 5, 10, 7, 7, 5, 7, 7, 11, 10, 12, 10, 0, 5, 3, 10, 8]


class TestChosenOperations(SpaceSuite):
    source = MappingProxyType(
        {
            "type": "DartsCellSpace",
            "channels": 4,
            "layers": 3,
            "operations": ["none", "conv_7x1_1x7", "global_average_pool", "conv3x3_dil12"],
        }
    )
    input_shape = (3, 8, 8)


@cache
def made(name):
    return fgspace.space([name])


def test_darts_space_has_the_tokens_of_the_reference():
    space = made("DartsSpace")
    assert space.range_table == [14] * 20
    assert space.init_tokens == [5] * 6 + [7] * 7 + [10] * 7
    assert f"{space.size:.1e}" == "8.4e+22"


COUNTS = {
    "the initial tokens": (None, 3_767_302, 589_095_936),
    "the published tokens": (FOUND, 3_344_396, 1_007_694_208),
}


@pytest.mark.parametrize(("tokens", "params", "macs"), COUNTS.values(), ids=COUNTS)
def test_darts_space_counts_as_the_reference_does(tokens, params, macs):
    """The reference counts the parameters of the classifier, and not its multiply-adds."""
    space = made("DartsSpace")
    point = space.initial if tokens is None else space.decode(tokens)
    classifier = 4 * space_width(tokens) * 10
    assert space.cost(point, SHAPE) == {"params": params, "macs": macs + classifier}


def space_width(tokens):
    return [4, 8, 12, 16, 20, 36, 54, 72, 90, 108, 144, 180, 216, 252][10 if tokens is None else tokens[-1]]


def test_the_size_of_the_space_of_genotypes_is_that_of_the_paper():
    """For each cell, k(k + 1)/2 pairs of 7 times 7 operations for the k-th of four nodes: about 10^9, twice."""
    pairs = [1, 3, 6, 10]
    assert made("DartsCellSpace").size == (pairs[0] * pairs[1] * pairs[2] * pairs[3] * 49**4) ** 2
    assert made("DartsCellSpace").range_table == [bound for count in pairs for bound in (count, 7, 7)] * 2


def test_the_initial_genotype_is_that_of_the_paper_with_edges_in_order():
    def in_order(cell):
        return [sorted(cell[at : at + 2], key=lambda edge: edge[1]) for at in range(0, 8, 2)]

    space, paper = DartsCellSpace(), PUBLISHED["DARTS_V2"]
    genotype = space.genotype(space.init_tokens())
    assert in_order(genotype.normal) == in_order(paper.normal)
    assert in_order(genotype.reduce) == in_order(paper.reduce)
    described = {"type": "DartsNetwork", "channels": 16, "layers": 8, "genotype": str(paper)}
    assert made("DartsCellSpace").cost() == fgspace.space({"type": "FineGrainedSpace", "modules": [described]}).cost()


@pytest.mark.parametrize("seed", range(5))
def test_a_genotype_is_printed_and_read_back_to_the_same_tokens(seed):
    space = DartsCellSpace()
    tokens = made("DartsCellSpace").encode(made("DartsCellSpace").sample(Random(seed)))
    assert space.tokens_of(Genotype.parse(str(space.genotype(tokens)))) == tokens


def test_an_operation_that_is_no_candidate_becomes_the_first_one():
    space = DartsCellSpace(operations=["conv1x1", "skip_connect"])
    tokens = space.tokens_of(PUBLISHED["DARTS_V1"])
    assert {name for name, _ in space.genotype(tokens).normal} == {"conv1x1", "skip_connect"}


WRONG = [
    (["sepconv"], "unknown operation 'sepconv'; did you mean 'sep_conv_7x7'?"),
    (["conv1x1", "conv1x1"], "operations: 'conv1x1' is given twice"),
    ([], "operations: expected at least one, got none"),
]


@pytest.mark.parametrize(("operations", "message"), WRONG, ids=[message for _, message in WRONG])
def test_wrong_operations_are_named(operations, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        DartsCellSpace(operations=operations)


def test_every_edge_of_nas_bench_201_is_a_choice_and_a_token():
    space = made("NasBench201Space")
    assert list(space.hyper_parameters) == [f"NasBench201Space.network.cell.{edge}" for edge in range(6)]
    assert {domain.options for domain in space.hyper_parameters.values()} == {NAS_BENCH_201}
    assert (space.size, space.range_table, space.init_tokens) == (15_625, [5] * 6, [3] * 6)


def test_the_edges_of_a_cell_are_searched_where_a_file_says_so():
    """Each with a domain of its own, or all by the declared domain; as pairs of a genotype too."""
    cell = [{"choice": ["none", "nor_conv_1x1"]}, "none", "skip_connect"]
    one = {"type": "FineGrainedSpace", "modules": ["cell"], "cell": {"type": "NasBench201Cell", "cell": cell}}
    assert fgspace.space(one).range_table == [2]
    fixed = {**one, "cell": {"type": "NasBench201Cell", "cell": ["none"] * 6}}
    assert fgspace.space({**fixed, "hyper_parameters": {"cell.cell": None}}).range_table == [5] * 6
    edges = [["skip_connect", 0], [{"choice": list(DARTS)}, {"int": [0, 1]}]]
    network = {"type": "DartsNetwork", "channels": 4, "layers": 3, "genotype": {"normal": edges, "reduce": edges}}
    assert fgspace.space({"type": "FineGrainedSpace", "modules": ["net"], "net": network}).range_table == [8, 2]


def test_a_space_may_be_named_as_the_reference_names_it():
    assert fgspace.space([("DartsSpace")]).digest == fgspace.space(["DartsSpace"]).digest
    assert DartsSpace().range_table() == [14] * 20


def test_the_sizes_that_a_config_of_the_reference_may_have_are_taken():
    sizes = {"input_size": 48, "output_size": 8, "block_num": 20, "block_mask": None}
    with pytest.warns(UserWarning, match="DartsSpace ignores") as noted:
        space = fgspace.space([("DartsSpace", sizes)])
    assert [str(one.message) for one in noted] == [
        "DartsSpace: DartsSpace ignores output_size and block_num: a whole network has no blocks to place"
    ]
    assert space.input_shape == (3, 48, 48)
    assert space.at(space.initial) == made("DartsSpace").at(made("DartsSpace").initial)
