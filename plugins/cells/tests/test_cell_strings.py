"""The cell strings of NAS-Bench-201: what is written is read back, and what is no cell string is refused."""

import re

import pytest
from fgspace_cells.catalogue import NAS_BENCH_201, OPERATIONS
from fgspace_cells.cell_strings import read_cell, write_cell
from hypothesis import given
from hypothesis import strategies as st

OPERATION = st.sampled_from(sorted(OPERATIONS))
PAPER = "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|"


@given(
    st.integers(1, 6).flatmap(
        lambda nodes: st.lists(OPERATION, min_size=nodes * (nodes + 1) // 2, max_size=nodes * (nodes + 1) // 2)
    )
)
def test_a_cell_that_is_written_is_read_back(operations):
    assert read_cell(write_cell(operations)) == tuple(operations)


def test_a_cell_string_of_the_benchmark_is_read_in_its_order():
    assert read_cell(PAPER) == (
        *("nor_conv_3x3", "nor_conv_3x3", "avg_pool_3x3", "skip_connect", "nor_conv_3x3", "skip_connect"),
    )
    assert write_cell(read_cell(PAPER)) == PAPER


def test_the_edges_of_a_node_may_be_in_any_order_and_spaces_may_stand_between():
    swapped = "|nor_conv_3x3~0| + |avg_pool_3x3~1|nor_conv_3x3~0| + |skip_connect~2|skip_connect~0|nor_conv_3x3~1|"
    assert read_cell(swapped) == read_cell(PAPER)


def test_all_cells_of_the_benchmark_have_different_strings():
    from itertools import product

    assert len({write_cell(cell) for cell in product(NAS_BENCH_201, repeat=6)}) == 15_625


EXPECTED = "expected a node, such as |nor_conv_3x3~0|skip_connect~1|, got"
WRONG = {
    "": f"character 1: {EXPECTED} ''",
    "nor_conv_3x3": f"character 1: {EXPECTED} 'nor_conv_3x3'",
    "|none~0|+": f"character 10: {EXPECTED} ''",
    "|none~0|+|none~0|none~1": f"character 10: {EXPECTED} '|none~0|none~1'",
    "|none~0|none|": f"character 1: {EXPECTED} '|none~0|none|'",
    "|none~0|+|none~-1|none~1|": f"character 10: {EXPECTED} '|none~-1|none~1|'",
    "|none~1|": "node 1: expected one edge from each of 0, got 1",
    "|none~0|+|none~0|": "node 2: expected one edge from each of 0 and 1, got 0",
    "|none~0|+|none~0|none~0|": "node 2: expected one edge from each of 0 and 1, got 0, 0",
    "|none~0|+|none~0|nor_conv_3~1|": "node 2: unknown operation 'nor_conv_3'; did you mean 'nor_conv_3x3'?",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_cell_string_is_refused_where_it_goes_wrong(text):
    with pytest.raises(ValueError, match=f"^{re.escape(WRONG[text])}$"):
        read_cell(text)


@pytest.mark.parametrize("count", [0, 2, 5, 7, 231])
def test_a_number_of_operations_that_is_that_of_no_cell_is_refused(count):
    expected = f"expected 1, 3, 6, 10, ... operations, one for each pair of nodes, got {count}"
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        write_cell(["none"] * count)
