"""The algorithms of the benchmark: all of ours, and the peers' own implementations."""

import ast
import hashlib
import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import fgspace
from fgspace.plugins.default_registry import default_registry

from searching.table import BUDGETS, EVALUATIONS, MASK_BUDGETS, MASKS, PARTS, Problem

_CORE = ("spaces", "study/algorithms/algorithm.py", "study/objectives.py")
"""The modules of core that decide which points an algorithm proposes."""

OURS = (
    "RandomSearch",
    "GridSearch",
    "BackboneNasSearch",
    "RegularizedEvolution",
    "LocalSearch",
    "NSGA2",
    "NSGA3",
    "PruneEA",
    "QuantEA",
    "Predictor",
)
"""Those of our algorithms that are not fitted to a budget."""


@dataclass(frozen=True)
class Contender:
    """An algorithm under the name that the tables show.

    `kind` is the name of the class or sampler; `module` is the module of this package that runs it. `peer` is the
    distribution of a peer; `slow` are the parts in which it runs fewer seeds. `most` is the number of evaluations: an
    algorithm that is fitted to a budget runs once for each budget, under one `row`.
    """

    name: str
    module: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    parts: tuple[str, ...] = PARTS
    peer: str = ""
    slow: tuple[str, ...] = ()
    most: int = EVALUATIONS
    row: str = ""

    def run(self, problem: Problem, seed: int) -> list[Any]:
        """Return the proposals, each once, in order."""
        runner: Callable[..., list[Any]] = importlib.import_module(f"searching.{self.module}").run
        return runner(self.kind, dict(self.options), problem, seed, self.most)

    @property
    def version(self) -> str:
        """The version of a peer, or the digest of the sources that decide the proposals of one of ours."""
        return f"{self.peer} {version(self.peer)}" if self.peer else digest_of(self.kind)


def contenders() -> dict[str, Contender]:
    """Return all algorithms by name."""
    ours = [
        *(Contender(name, "ours", name) for name in OURS),
        *(Contender(f"SANAS {most}", "ours", "SANAS", {"steps": most}, most=most, row="SANAS") for most in BUDGETS),
    ]
    optuna = [
        Contender("Optuna TPE", "optuna_peers", "TPESampler", peer="optuna"),
        Contender("Optuna NSGA-II", "optuna_peers", "NSGAIISampler", peer="optuna"),
        Contender("Optuna NSGA-II 20", "optuna_peers", "NSGAIISampler", {"population_size": 20}, peer="optuna"),
        Contender("Optuna GP", "optuna_peers", "GPSampler", peer="optuna", slow=PARTS),
    ]
    pymoo = [
        Contender("pymoo NSGA-II", "pymoo_peers", "NSGA2", peer="pymoo"),
        Contender("pymoo NSGA-II 20", "pymoo_peers", "NSGA2", {"pop_size": 20}, peer="pymoo"),
        Contender("pymoo NSGA-III 20", "pymoo_peers", "NSGA3", {"pop_size": 20}, ("front",), peer="pymoo"),
    ]
    most = MASK_BUDGETS[-1]
    masks = [
        *(
            Contender(f"{name} on masks", "masks", name, parts=(MASKS,), most=most)
            for name in ("RandomSearch", "NSGA2", "NSGA3", "PruneEA")
        ),
        Contender("pymoo NSGA-II on masks", "masks", "pymoo", {}, (MASKS,), "pymoo", most=most),
        Contender("pymoo NSGA-II 20 on masks", "masks", "pymoo", {"pop_size": 20}, (MASKS,), "pymoo", most=most),
    ]
    return {one.name: one for one in (*ours, *optuna, *pymoo, *masks)}


def rows() -> dict[str, list[Contender]]:
    """Return the algorithms of each row of the tables, by the budget that they are fitted to."""
    found: dict[str, list[Contender]] = {}
    for one in contenders().values():
        found.setdefault(one.row or one.name, []).append(one)
    return found


@cache
def digest_of(name: str) -> str:
    """Return the version of one of our algorithms: the version of its distribution, and a digest of its sources."""
    found = default_registry().get("algorithm", name)
    file = Path(inspect.getfile(found.load()))
    core = Path(fgspace.__file__).parent
    own = [file] if core in file.parents else sorted(file.parent.rglob("*.py"))
    files = [*own, *(one for place in _CORE for one in _sources(core / place))]
    return hashlib.sha256("".join(map(_code, files)).encode()).hexdigest()[:12]


def _code(file: Path) -> str:
    """Return the code of a file in a normal form, without comments, docstrings and formatting."""
    tree = ast.parse(file.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = None
    return ast.dump(tree)


def _sources(place: Path) -> list[Path]:
    return sorted(place.rglob("*.py")) if place.is_dir() else [place]
