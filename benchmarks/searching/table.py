"""The NAS-Bench-201 table, and the problems on it."""

import csv
import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[3] / "shared/data/nas-bench-201/table.csv.gz"
DATA = ("cifar10", "cifar100", "imagenet16")
PARTS = ("free", "limit", "front")
"""One objective; one objective under a limit of MACs; accuracy against MACs."""
MASKS = "masks"
"""The part without the table: masks of 464 bits, two costs."""
COLUMNS = ("valid", "test")
BUDGETS = (20, 50, 100, 200)
EVALUATIONS = BUDGETS[-1]
MASK_BUDGETS = (100, 200, 500, 1000)
LIMIT = 47.15
"""In million MACs. Cells that are published as "47.1 M" have 47.1046, and would break a bound of exactly 47.1."""
EDGES = tuple(f"edge{index}" for index in range(6))
OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")

Cell = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """All cells, by number, with their accuracies and costs."""

    cells: tuple[Cell, ...]
    columns: Mapping[str, tuple[float, ...]]

    @cached_property
    def number(self) -> dict[Cell, int]:
        """The number of every cell."""
        return {cell: number for number, cell in enumerate(self.cells)}

    @property
    def macs(self) -> tuple[float, ...]:
        """The multiply-adds of every cell's network, in millions."""
        return self.columns["macs_m"]


@dataclass(frozen=True)
class Problem:
    """A problem: the data set, the part (which objectives and limits), and the searched column."""

    data: str
    part: str
    on: str

    def __str__(self) -> str:
        return f"{self.data}/{self.part}/{self.on}"

    @property
    def budgets(self) -> tuple[int, ...]:
        """The numbers of evaluations after which the results are scored."""
        return MASK_BUDGETS if self.part == MASKS else BUDGETS

    @property
    def searched(self) -> tuple[float, ...]:
        """The accuracy of every cell that the search sees, in percent."""
        return table().columns[f"{self.data}_{self.on}"]

    @property
    def scored(self) -> tuple[float, ...]:
        """The accuracy of every cell by which the results are scored."""
        return table().columns[f"{self.data}_test"]

    @property
    def directions(self) -> dict[str, Any]:
        """The objectives."""
        return {"accuracy": "max", "macs": "min"} if self.part == "front" else {"accuracy": "max"}

    @property
    def constraints(self) -> dict[str, Any]:
        """The constraints, as a study takes them."""
        return {"macs": {"max": LIMIT}} if self.part == "limit" else {}

    def is_feasible(self, cell: int) -> bool:
        """Return whether a cell keeps the limit, if there is one."""
        return self.part != "limit" or table().macs[cell] <= LIMIT


@cache
def rows() -> list[dict[str, str]]:
    """Read the rows of the table as they are written, once."""
    return list(csv.DictReader(gzip.decompress(TABLE.read_bytes()).decode().splitlines()))


@cache
def table() -> Table:
    """Return the table."""
    names = [name for name in rows()[0] if name != "arch"]
    return Table(
        tuple(tuple(re.findall(r"([^|+]+)~\d", row["arch"])) for row in rows()),
        {name: tuple(float(row[name]) for row in rows()) for name in names},
    )


@cache
def digest() -> str:
    """Return the digest that identifies a table."""
    return hashlib.sha256(TABLE.read_bytes()).hexdigest()[:12]
