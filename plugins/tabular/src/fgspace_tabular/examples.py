"""A small table, on which the conformance suites try the evaluator."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_TABLE = """\
depth,act,acc,test,seconds
1,relu,0.70,0.69,10
1,gelu,0.74,0.71,11
2,relu,0.80,0.79,20
2,gelu,0.85,0.83,21
"""


def table(folder: Path) -> Sequence[Mapping[str, Any]]:
    """Write the table; return the options that read it, and a description that it has a row for."""
    (folder / "table.csv").write_text(_TABLE, encoding="utf-8")
    return [
        {
            "file": str(folder / "table.csv"),
            "key": {"depth": "net.depth", "act": "net.act"},
            "columns": {"accuracy": "acc", "cost_seconds": "seconds"},
            "test_columns": {"test_accuracy": "test"},
            "network": {"type": "FineGrainedSpace", "net": {"depth": 2, "act": "relu"}},
        }
    ]
