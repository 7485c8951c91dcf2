"""The identity of a study: everything that decides which points it proposes and how they are judged."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any

from fgspace.documents.digest import digest
from fgspace.documents.plain import plain
from fgspace.errors import FgspaceError
from fgspace.spaces.differences import SPACE, Difference, shown
from fgspace.spaces.differences import differences as space_differences
from fgspace.study.algorithms.algorithm import Algorithm
from fgspace.study.objectives import Direction
from fgspace.study.storage.differences import entries

_COMPARED = (
    *("target", "options", "objectives", "constraints", "seed"),
    *("evaluator", "data", "deterministic", "early_stopping", "measure"),
)
_PLACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"target": ("search_algorithm",), "options": ("search_algorithm",), "data": ("evaluator",)}
)
"""Property of a study → its place in a file, where that is not the section of the same name."""
_WORDS = {
    "target": "algorithm",
    "options": "search_algorithm",
    "data": "data's digest",
    "deterministic": "look-back (deterministic)",
}


@dataclass(frozen=True)
class Identity:
    """The space, algorithm, objectives, constraints, seed and origins of a study; plain JSON throughout.

    `space` is the space's own JSON form and `digest` its digest; `paths` are its hyper-parameters in order. `algorithm`
    is the name in the registry, `target` the class itself ("package.module:Class"). `origins` maps each type that
    the study uses to the distribution and version it came from. `evaluator` is the evaluator, as far as it is known.
    `deterministic` is the number of trials that the algorithm looks back, None where it is told each as it ends.
    `early_stopping` is the rule that stops trials, if any. `data` is the digest of the evaluator's data, None where
    it gives none. `initial_points` are evaluated first; `sources` names the origin of each. `measure` names what is
    measured of every trial.
    `renamed` maps the former target or full name of a type that has moved to the present one; it is not stored.
    """

    space: Any
    digest: str
    paths: tuple[str, ...]
    algorithm: str
    target: str
    options: Mapping[str, Any]
    objectives: Mapping[str, Direction]
    constraints: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    origins: Mapping[str, str] = field(default_factory=dict)
    evaluator: Mapping[str, Any] = field(default_factory=dict)
    deterministic: int | None = None
    early_stopping: Mapping[str, Any] = field(default_factory=dict)
    data: str | None = None
    initial_points: tuple[Mapping[str, Any], ...] = ()
    sources: tuple[str, ...] = ()
    measure: Mapping[str, Any] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict, compare=False)

    def to_json(self) -> str:
        """Return the identity as JSON text; the objectives keep their order.

        Raises:
            FgspaceError: an option is not plain JSON.
        """
        written = {name: value for name, value in asdict(self).items() if name != "renamed"}
        if not self.measure:  # as stores of studies without measurements have always been
            del written["measure"]
        try:
            plain({**self.options, "early_stopping": self.early_stopping})
        except ValueError as error:
            raise FgspaceError(f"a study on disk keeps its options as JSON: {error}") from None
        return json.dumps(written)

    @classmethod
    def from_json(cls, text: str) -> "Identity":
        """Return the identity that `to_json` wrote."""
        fields = json.loads(text)
        return cls(**fields | {name: tuple(fields[name]) for name in ("paths", "initial_points", "sources")})

    def with_points_of(self, stored: "Identity") -> "Identity":
        """Return this identity with the initial points of a stored study, which has at least these."""
        return replace(self, initial_points=stored.initial_points, sources=stored.sources)

    def differences(self, stored: "Identity") -> list[Difference]:
        """Return the differences between a stored study and this one, those of the space first."""
        found = (*_space_differences(self, stored), *_plain_differences(self, stored), *_points_apart(self, stored))
        # What is searched of the evaluator is told with the space, and would be told again with the evaluator.
        apart = {difference.at if difference.at[1:] else str(difference): difference for difference in reversed(found)}
        return list(reversed(apart.values()))


def identify(
    algorithm: Algorithm,
    name: str | type[Algorithm],
    options: Mapping[str, Any],
    **recorded: Any,
) -> Identity:
    """Return the identity of a study that runs this algorithm, named in this way.

    `recorded` are the fields that neither the algorithm nor its space knows.
    """
    kind = type(algorithm)
    return Identity(
        space=algorithm.space.to_json(),
        digest=algorithm.space.digest,
        paths=tuple(algorithm.space.hyper_parameters),
        algorithm=name if isinstance(name, str) else kind.__name__,
        target=f"{kind.__module__}:{kind.__qualname__}",
        options=options,
        objectives=algorithm.objectives.directions,
        constraints=algorithm.objectives.constraints,
        seed=algorithm.seed,
        **recorded,
    )


def _space_differences(here: Identity, there: Identity) -> Iterator[Difference]:
    stored = _renamed(there.space, here.renamed)
    if here.digest in (there.digest, digest(stored)):
        return
    yield Difference(SPACE, "space", "has digest", there.digest, here.digest)
    yield from space_differences(here.space, stored)


def _plain_differences(here: Identity, there: Identity) -> Iterator[Difference]:
    for name in _COMPARED:
        ours, stored = json.loads(json.dumps(getattr(here, name))), getattr(there, name)
        theirs = _renamed(stored, here.renamed)
        # As text, since the order of the objectives, and so of their values, counts too.
        if json.dumps(ours) in (json.dumps(stored), json.dumps(theirs)):
            continue
        at, word = _PLACES.get(name, (name,)), _WORDS.get(name, name)
        if name == "options" and here.target != _renamed(there.target, here.renamed):
            continue  # of another algorithm
        if name in ("objectives", "constraints"):
            yield Difference(at, word, "are", shown(theirs), shown(ours))
        else:
            yield from entries(at, word, theirs, ours)
    yield from _origins_apart(here, there)


def _origins_apart(here: Identity, there: Identity) -> Iterator[Difference]:
    # A type that has moved since the study began has another origin; one that moved earlier is compared.
    moved = {present for former, present in here.renamed.items() if "/" in former} - set(there.origins)
    given_up = set(here.renamed) - set(here.origins)
    for name in sorted({*here.origins, *there.origins} - moved - given_up):
        ours, theirs = here.origins.get(name, "absent"), there.origins.get(name, "absent")
        if ours != theirs:
            yield Difference((), name, "came from", theirs, ours)


def _renamed(value: Any, renamed: Mapping[str, str]) -> Any:
    """Return plain JSON with former names of types replaced by the present ones."""
    if isinstance(value, str):
        return renamed.get(value, value)
    if isinstance(value, Mapping):
        return {key: _renamed(one, renamed) for key, one in value.items()}
    return [_renamed(one, renamed) for one in value] if isinstance(value, list) else value


def _points_apart(here: Identity, there: Identity) -> Iterator[Difference]:
    # Points from the front of another study come last, and need not be given again.
    for index, point in enumerate(here.initial_points):
        at, name = ("initial_points", index), f"initial_points[{index}]"
        if index >= len(there.initial_points):
            sentence, told = f"it has no {name}, which is {shown(point)}", f"{name} is not in the study"
            yield Difference(at, "", sentence, told=told)
        elif point != there.initial_points[index]:
            yield Difference(at, name, "is", shown(there.initial_points[index]), shown(point))
