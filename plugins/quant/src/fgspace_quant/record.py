"""Writes what was checked of an exported model beside it, with what is known of the network."""

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fgspace import NetworkFacts

from fgspace_quant.agreement import IMAGES, Agreement


def known(facts: NetworkFacts | None) -> dict[str, Any]:
    """Return what travels with a network: its description, and its preprocessing and classes where they are known."""
    if facts is None:
        return {}
    said: Mapping[str, Any] = {"preprocessing": dict(facts.preprocessing), "classes": list(facts.classes)}
    return {"description": facts.description, **{name: value for name, value in said.items() if value}}


def write_record(place: Path, found: Agreement | None, opset: int, facts: NetworkFacts) -> None:
    """Write the numbers of a comparison, or that there was none, as JSON."""
    checked: Any = "no: the network is not quantised"
    if found is not None:
        numbers: dict[str, Any] = {
            "inputs": IMAGES,
            "error": found.error,
            "noise_of_quantisation": found.noise,
            "holds": found.holds,
        }
        if found.speed is not None:
            times = {"integers_ms": found.speed.integers, "floats_ms": found.speed.floats}
            numbers |= {**times, "written": "floats" if found.prefers_floats else "integers"}
        checked = {"random": numbers} if found.error is not None else "no: onnxruntime is not installed"
    record = {"checked": checked, "runtime": {"onnxruntime": _version(), "opset": opset}, **known(facts)}
    place.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _version() -> str | None:
    if find_spec("onnxruntime") is None:
        return None
    import onnxruntime  # type: ignore[import-untyped]

    return str(onnxruntime.__version__)
