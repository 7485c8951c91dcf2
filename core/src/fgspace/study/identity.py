"""The identity of a study: everything that decides which points it proposes and how they are judged."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from fgspace.documents.digest import digest
from fgspace.documents.plain import plain
from fgspace.errors import FgspaceError
from fgspace.spaces.differences import differences as space_differences
from fgspace.study.algorithms.algorithm import Algorithm
from fgspace.study.objectives import Direction

_COMPARED = (
    *("target", "options", "objectives", "constraints", "seed"),
    *("evaluator", "data", "deterministic", "early_stopping"),
)
_WORDS = {
    "target": "algorithm",
    "data": "data's digest",
    "deterministic": "look-back (deterministic)",
    "early_stopping": "early stopping",
}


@dataclass(frozen=True)
class Identity:
    """The space, algorithm, objectives, constraints, seed and origins of a study; plain JSON throughout.

    `space` is the space's own JSON form and `digest` its digest; `paths` are its hyper-parameters in order. `algorithm`
    is the name in the registry, `target` the class itself ("package.module:Class"). `origins` maps each type that
    the study uses to the distribution and version it came from. `evaluator` is the evaluator, as far as it is known.
    `deterministic` is the number of trials that the algorithm looks back, None where it is told each as it ends.
    `early_stopping` is the rule that stops trials, if any. `data` is the digest of the evaluator's data, None where
    it gives none. `initial_points` are evaluated first; `sources` names the origin of each.
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
    renamed: Mapping[str, str] = field(default_factory=dict, compare=False)

    def to_json(self) -> str:
        """Return the identity as JSON text; the objectives keep their order.

        Raises:
            FgspaceError: an option is not plain JSON.
        """
        written = {name: value for name, value in asdict(self).items() if name != "renamed"}
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

    def differences(self, stored: "Identity") -> list[str]:
        """Return the differences between a stored study and this one in words, those of the space first."""
        return [*_space_differences(self, stored), *_plain_differences(self, stored), *_points_apart(self, stored)]


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


def _space_differences(here: Identity, there: Identity) -> Iterator[str]:
    renamed = _renamed(there.space, here.renamed)
    if here.digest in (there.digest, digest(renamed)):
        return
    yield f"its space has digest {there.digest}, not {here.digest}"
    yield from space_differences(here.space, renamed)


def _plain_differences(here: Identity, there: Identity) -> Iterator[str]:
    for name in _COMPARED:
        ours, stored = getattr(here, name), getattr(there, name)
        theirs = _renamed(stored, here.renamed)
        # As text, since the order of the objectives, and so of their values, counts too.
        if json.dumps(ours) not in (json.dumps(stored), json.dumps(theirs)):
            word = _WORDS.get(name, name)
            verb = "are" if name in ("options", "objectives", "constraints") else "is"
            yield f"its {word} {verb} {_shown(theirs)}, not {_shown(ours)}"
    yield from _origins_apart(here, there)


def _origins_apart(here: Identity, there: Identity) -> Iterator[str]:
    # A type that has moved since the study began has another origin; one that moved earlier is compared.
    moved = {present for former, present in here.renamed.items() if "/" in former} - set(there.origins)
    given_up = set(here.renamed) - set(here.origins)
    for name in sorted({*here.origins, *there.origins} - moved - given_up):
        ours, theirs = here.origins.get(name, "absent"), there.origins.get(name, "absent")
        if ours != theirs:
            yield f"its {name} came from {theirs}, not {ours}"


def _renamed(value: Any, renamed: Mapping[str, str]) -> Any:
    """Return plain JSON with former names of types replaced by the present ones."""
    if isinstance(value, str):
        return renamed.get(value, value)
    if isinstance(value, Mapping):
        return {key: _renamed(one, renamed) for key, one in value.items()}
    return [_renamed(one, renamed) for one in value] if isinstance(value, list) else value


def _points_apart(here: Identity, there: Identity) -> Iterator[str]:
    # Points from the front of another study come last, and need not be given again.
    for index, point in enumerate(here.initial_points):
        if index >= len(there.initial_points):
            yield f"it has no initial_points[{index}], which is {_shown(point)}"
        elif point != there.initial_points[index]:
            yield f"its initial_points[{index}] is {_shown(there.initial_points[index])}, not {_shown(point)}"


def _shown(value: Any) -> str:
    if value is None:
        return "absent"
    return value if isinstance(value, str) else json.dumps(value)
