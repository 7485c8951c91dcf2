"""What was checked of an exported network, with the numbers: written beside it as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fgspace import NetworkFacts
from torch import Tensor


@dataclass(frozen=True)
class Comparison:
    """How near the outputs of an exported network are to those of the network, on some inputs.

    `error` is ‖difference‖ / ‖output‖ of the worst input, and `agreement` the share of inputs whose largest output is
    at the same place.
    """

    inputs: int
    error: float
    agreement: float

    @property
    def exact(self) -> bool:
        """Whether the outputs are equal, bit for bit."""
        return self.error == 0


@dataclass(frozen=True)
class Report:
    """The comparisons by kind of input, "random" or "real", and what the network was run in.

    `why` says why there are none, where there are none.
    """

    compared: Mapping[str, Comparison]
    runtime: Mapping[str, Any]
    why: str = ""

    @property
    def error(self) -> float:
        """The largest error of all."""
        return max((one.error for one in self.compared.values()), default=0.0)

    def __str__(self) -> str:
        if not self.compared:
            return f"not checked: {self.why}"
        amounts = " and ".join(f"{one.inputs} {kind}" for kind, one in self.compared.items())
        within = "equal to" if self.error == 0 else f"within {100 * self.error:.2g} % of"
        without = "" if "real" in self.compared else "; no real ones were at hand"
        return f"outputs are {within} torch's on {amounts} inputs{without}"


def compared(pairs: Sequence[tuple[Sequence[Tensor], Sequence[Tensor]]]) -> Comparison:
    """Compare outputs, batch by batch: those of the exported network with those of the network.

    Raises:
        ValueError: they differ in number or shape.
    """
    errors, agreeing, inputs = [0.0], 0, 0
    for found, wanted in pairs:
        if [one.shape for one in found] != [one.shape for one in wanted]:
            shapes = " against ".join(str([tuple(one.shape) for one in some]) for some in (found, wanted))
            raise ValueError(f"the exported network puts out other shapes: {shapes}")
        errors += [_error(one, other) for one, other in zip(found, wanted, strict=True)]
        agreeing += sum(one == other for one, other in zip(_places(found[0]), _places(wanted[0]), strict=True))
        inputs += len(wanted[0])
    return Comparison(inputs, max(errors), agreeing / max(inputs, 1))


def write(place: Path, report: Report, model: Any, facts: NetworkFacts | None) -> None:
    """Write a report as JSON, with what travels with the network."""
    record = {
        "checked": {kind: vars(one) for kind, one in report.compared.items()} or f"no: {report.why}",
        "runtime": dict(report.runtime),
        "params": sum(one.numel() for one in model.parameters()),
        **travelling(facts),
    }
    place.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def travelling(facts: NetworkFacts | None) -> dict[str, Any]:
    """Return what is written into every export: the description, the preprocessing and the classes, where known."""
    if facts is None:
        return {}
    said = {"preprocessing": dict(facts.preprocessing), "classes": list(facts.classes)}
    return {"description": facts.description, **{name: value for name, value in said.items() if value}}


def _error(found: Tensor, wanted: Tensor) -> float:
    if found.equal(wanted):
        return 0.0
    ours, theirs = (one.double().reshape(len(one) if one.dim() else 1, -1) for one in (found, wanted))
    return float(((ours - theirs).norm(dim=1) / theirs.norm(dim=1).clamp(min=1e-12)).max())


def _places(output: Tensor) -> list[int]:
    found: list[int] = output.reshape(len(output), -1).argmax(1).tolist()
    return found
