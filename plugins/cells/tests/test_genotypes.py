"""Genotypes: what is printed is read back, other printed forms are read, and nothing of the text is run."""

import re

import pytest
from fgspace.errors import brief
from fgspace_cells.catalogue import OPERATIONS
from fgspace_cells.genotypes import PUBLISHED, Genotype
from hypothesis import given
from hypothesis import strategies as st

PRINTED = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1),"
    " ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)],"
    " normal_concat=[2, 3, 4, 5],"
    " reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1),"
    " ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)],"
    " reduce_concat=[2, 3, 4, 5])"
)


@st.composite
def cells(draw):
    count = draw(st.integers(1, 5))
    edges = [
        (draw(st.sampled_from(sorted(OPERATIONS))), draw(st.integers(0, node - 1)))
        for node in range(2, 2 + count)
        for _ in range(2)
    ]
    return tuple(edges), tuple(draw(st.lists(st.integers(0, 1 + count), min_size=1, unique=True)))


genotypes = st.tuples(cells(), cells()).map(lambda both: Genotype(*both[0], *both[1]))


@given(genotypes)
def test_a_genotype_that_is_printed_is_read_back(genotype):
    assert Genotype.parse(str(genotype)) == genotype


@given(genotypes)
def test_a_genotype_reads_the_same_as_python_reads_it(genotype):
    from collections import namedtuple

    fields = ["normal", "normal_concat", "reduce", "reduce_concat"]
    read = eval(str(genotype), {"Genotype": namedtuple("Genotype", fields)})
    assert [tuple(value) for value in read] == [getattr(genotype, field) for field in fields]


def test_the_printed_form_is_that_of_the_paper():
    assert str(PUBLISHED["DARTS_V2"]) == PRINTED
    assert Genotype.parse("DARTS_V2") == PUBLISHED["DARTS_V2"]


def test_other_printed_forms_are_read():
    with_ranges = PRINTED.replace("[2, 3, 4, 5]", "range(2, 6)").replace("'", '"')
    in_lines = PRINTED.replace(", ", ",\n    ").replace("=", " = ").replace("5])", "5],\n)")
    in_tuples = PRINTED.replace("[", "(").replace("]", ")")
    for text in (with_ranges, in_lines, in_tuples):
        assert Genotype.parse(text) == PUBLISHED["DARTS_V2"]


def test_a_mapping_without_concatenations_concatenates_all_nodes():
    edges = [["skip_connect", 0], ["skip_connect", 1], ["none", 2], ["skip_connect", 0]]
    genotype = Genotype.of({"normal": edges, "reduce": edges[:2]})
    assert (genotype.normal_concat, genotype.reduce_concat) == ((2, 3), (2,))


VALUE = "expected a list, a pair, a number or a text in quotes, got"
PAIR = "('skip_connect', 0), ('skip_connect', 1)"
WRONG_TEXTS = {
    "DARTS_V3": "unknown genotype 'DARTS_V3'; did you mean 'DARTS_V2'?",
    "x": "unknown genotype 'x'; there are DARTS_V1, DARTS_V2, PADDLESLIM; or write Genotype(normal=...)",
    "Genotype(": "character 10: expected the name of a field, got the end",
    "Genotype(normal=[)": f"character 18: {VALUE} ')'",
    "Genotype(normal=__import__('os').system('true'))": 'character 33: cannot read ".system(\'t"',
    "Genotype(normal=[1 2])": "character 20: expected ']', got '2'",
    "Genotype(normal=[[[[[0]]]]])": f"character 20: {VALUE} '['",
    "Genotype(normal=1, normal=2)": "character 20: normal is given twice",
    "Genotype(1)": "character 10: expected the name of a field, got '1'",
    "Genotype(normal 1)": "character 17: expected '=', got '1'",
    "Genotype(normal=-1)": "character 17: cannot read '-1)'",
    "Genotype(normal=__import__('os'))": f"character 17: {VALUE} '__import__'",
    "Genotype(normal='\\x41')": f"character 17: cannot read {brief(chr(39) + chr(92) + 'x41' + chr(39) + ')')}",
    "Genotype(normal=range(0, 1000000000000))": "character 26: cannot read '1000000000'",
    "Genotype(normal=range(0, 101))": "character 26: expected a range up to 100 at most, got 101",
    "Genotype(normal=range('a', 2))": "character 23: expected a number, got \"'a'\"",
    "Genotype(normal=1) + 1": "character 20: cannot read '+ 1'",
    "Genotype(normal=1)(normal=1)": "character 19: expected the end, got '('",
    "Other(normal=1)": "character 1: expected 'Genotype', got 'Other'",
    "(" * 30_000: "expected at most 20,000 characters, got 30,000",
    "(" * 20_000: "character 1: expected 'Genotype', got '('",
    "Genotype(normal=1)": "needs 'reduce'",
    "Genotype(normal=1, reduce=1, concat=1)": "unknown field 'concat'; did you mean 'reduce_concat'?",
    "Genotype(normal=1, reduce=1)": "normal: expected a list of [operation, node], got 1",
    "Genotype(normal=[1], reduce=[1])": (
        "normal: edge 0: expected [operation, node], such as [skip_connect, 0], got 1"
    ),
    f"Genotype(normal=[{PAIR}], reduce=[('none', 0)])": "reduce: expected 2 edges for each node, got 1 edges",
    f"Genotype(normal=[{PAIR}], reduce=[])": "reduce: expected 2 edges for each node, got 0 edges",
    f"Genotype(normal=[{PAIR}], reduce=[('none', 0), ('nine', 1)])": (
        "reduce: node 2: unknown operation 'nine'; did you mean 'none'?"
    ),
    f"Genotype(normal=[{PAIR}], reduce=[('none', 0), ('none', 2)])": (
        "reduce: node 2: none takes 2, but there are only 0 to 1 before"
    ),
    f"Genotype(normal=[{PAIR}], normal_concat=[2, 3], reduce=[{PAIR}])": (
        "normal: cannot concatenate node 3; the nodes are 2 to 2"
    ),
    f"Genotype(normal=[{PAIR}], normal_concat=[2, 2], reduce=[{PAIR}])": (
        "normal: expected different nodes to concatenate, got [2, 2]"
    ),
    f"Genotype(normal=[{PAIR}], normal_concat=2, reduce=[{PAIR}])": "normal_concat: expected a list of nodes, got 2",
}


@pytest.mark.parametrize("text", WRONG_TEXTS, ids=lambda text: text[:40])
def test_what_is_no_genotype_is_refused_where_it_goes_wrong(text):
    with pytest.raises(ValueError, match=f"^{re.escape(WRONG_TEXTS[text])}$"):
        Genotype.parse(text)


def test_a_number_of_thousands_of_digits_is_refused():
    with pytest.raises(ValueError, match=r"^character 17: cannot read '1111111111'$"):
        Genotype.parse(f"Genotype(normal={'1' * 10_000})")


@given(st.text(alphabet="Genotype(normal=[]), '\"0123x_range\\-+", max_size=60))
def test_any_other_text_is_refused_and_nothing_else_is_raised(text):
    with pytest.raises(ValueError, match=r"."):
        Genotype.parse(f"Genotype({text}")
