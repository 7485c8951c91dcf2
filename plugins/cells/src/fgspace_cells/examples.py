"""Examples of networks and cells, which the conformance suites try."""

from collections.abc import Mapping
from typing import Any

_EDGES = [["sep_conv_3x3", 0], ["skip_connect", 1], ["max_pool_3x3", 1], ["none", 2]]
_TINY: Mapping[str, Any] = {"channels": 4, "layers": 3}
_PAIR: Mapping[str, Any] = {"inchannels": [3, 3], "outchannel": 4, "edges": _EDGES}
_BEST = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|"

DARTS_NETWORK: tuple[Mapping[str, Any], ...] = (
    {**_TINY, "input": [3, 8, 12]},
    {**_TINY, "genotype": "PADDLESLIM", "num_class": None, "input": [1, 8, 8]},
    {**_TINY, "auxiliary": True, "input": [3, 32, 32]},
    {**_TINY, "channels": [4, 6, 10], "stem_channels": 8, "input": [3, 8, 8]},
    {**_TINY, "genotype": {"normal": _EDGES, "reduce": _EDGES, "reduce_concat": [2]}, "input": [3, 8, 8]},
)
DARTS_CELL: tuple[Mapping[str, Any], ...] = (
    {**_PAIR, "input": [[3, 7, 8], [3, 7, 8]]},
    {**_PAIR, "reduction": True, "input": [[3, 7, 8], [3, 7, 8]]},
    {**_PAIR, "concat": [3, 2], "input": [[3, 8, 8], [3, 8, 8]]},
)
NAS_BENCH_201: tuple[Mapping[str, Any], ...] = (
    {"cell": _BEST, "channels": 4, "cells": 2, "input": [3, 8, 12]},
    {"cell": ["nor_conv_3x3"] * 6, "channels": 4, "cells": 1, "num_class": None, "input": [1, 8, 8]},
)
NAS_BENCH_201_CELL: tuple[Mapping[str, Any], ...] = (
    {"cell": _BEST, "input": [4, 7, 8]},
    {"cell": ["sep_conv_3x3", "none", "skip_connect"], "input": [4, 7, 8]},
    {"cell": ["none"] * 6, "input": [4, 7, 8]},
)
