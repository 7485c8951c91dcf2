"""Writes a network as Python that needs only torch, with its weights beside it."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from fgspace import Leaf, NetworkFacts
from torch import nn

from fgspace_export.checks import Report, compared, travelling, write
from fgspace_export.examples import batches, outputs
from fgspace_export.preprocessing import on_pixels
from fgspace_export.source.differences import differences, unsaved
from fgspace_export.source.expressions import Expressions
from fgspace_export.source.text import text

ALONE = Path(__file__).with_name("alone.py")
"""The program that runs a `model.py` where fgspace cannot be imported."""


def export(
    model: nn.Module,
    path: str | Path,
    input_shape: Sequence[Any],
    facts: NetworkFacts | None = None,
    with_preprocessing: bool = False,
) -> Report:
    """Write a network to a folder: `model.py`, `weights.pt`, and `checked.json`.

    `model.load()` returns the network. The file is run in a Python that cannot import fgspace, and its outputs are
    compared with those of the network, bit for bit. A network of code that others wrote needs their module, which the
    file imports; what processes have changed of it is set afterwards.

    Args:
        model: the network.
        path: the folder to write.
        input_shape: the shape of its input, without the batch.
        facts: what is known of the network; without it, only modules that remember their arguments can be written.
        with_preprocessing: whether the network takes raw pixels, of its own size, and its preprocessing comes first.

    Raises:
        ValueError: the network is quantised, is not made by its description alone, or the file puts out something else.
    """
    if hasattr(model, "exporters"):
        raise ValueError(
            "a quantised network has no whole numbers in plain torch; export it by --format onnx, which has them"
        )
    if with_preprocessing:
        model, facts = on_pixels(model, facts, input_shape)
    place = Path(path)
    source, needed, extra = _written(model, facts)
    if place.is_file():
        place.unlink()
    place.mkdir(parents=True, exist_ok=True)
    (place / "model.py").write_text(source, encoding="utf-8")
    torch.save({**model.state_dict(), **extra}, place / "weights.pt")
    report = _checked(model, place, batches(input_shape, facts))
    write(place / "checked.json", report, model, facts)
    if report.error:
        raise ValueError(f"{str(place)!r} puts out something else than the network: {report}; export it as program")
    if needed:
        names = " and ".join(f"{module} ({file})" for module, file in sorted(needed.items()))
        print(f"model.py imports {names}; give it away with that", file=sys.stderr)
    return report


def answers(path: Path, given: Any) -> torch.Tensor:
    """Return what the network in a folder puts out."""
    names: dict[str, Any] = {"__name__": "model", "__file__": str(path / "model.py")}
    exec(compile((path / "model.py").read_text("utf-8"), names["__file__"], "exec"), names)
    with torch.no_grad():
        output: torch.Tensor = names["load"]()(given)
    return output


export.ending = ".torch"  # type: ignore[attr-defined]
export.answers = answers  # type: ignore[attr-defined]


def _written(model: nn.Module, facts: NetworkFacts | None) -> tuple[str, dict[str, str], dict[str, torch.Tensor]]:
    """Return the text of `model.py`, the modules that it imports, and what its weights hold besides the state_dict."""
    source = Expressions(model, _calls(facts))
    expression = source.of(model, "")
    strided = not all(one.is_contiguous() for one in model.state_dict().values())
    known = {"dtype": _dtype(model), "constants": _constants(facts), "strided": strided}
    made = _run(text("", expression, source, [], known))
    lines = list(differences(made, model, source))
    again = _run(text("", expression, source, lines, known)) if lines else made
    extra = unsaved(again, model)
    head = _head(model, source.inlined.needed)
    return text(head, expression, source, lines, {**known, "unsaved": list(extra)}), source.inlined.needed, extra


def _calls(facts: NetworkFacts | None) -> Mapping[str, Leaf]:
    return {} if facts is None else facts.calls()


def _run(code: str) -> nn.Module:
    """Return the network that a text makes."""
    names: dict[str, Any] = {"__name__": "model", "__file__": "model.py"}
    with torch.random.fork_rng(devices=[]):
        exec(compile(code, "model.py", "exec"), names)
        made: nn.Module = names["network"]()
    return made


def _dtype(model: nn.Module) -> str | None:
    kinds = {one.dtype for one in model.parameters() if one.is_floating_point()}
    if len(kinds) > 1:
        raise ValueError(f"weights are of {' and '.join(sorted(map(str, kinds)))}; export as program or onnx")
    return str(kinds.pop()) if kinds and kinds != {torch.float32} else None


def _constants(facts: NetworkFacts | None) -> dict[str, Any]:
    known = travelling(facts)
    return {name.upper(): known[name] for name in ("preprocessing", "classes") if name in known}


def _head(model: nn.Module, needed: Mapping[str, str]) -> str:
    params = sum(one.numel() for one in model.parameters())
    wants = f"torch {torch.__version__}" + "".join(f", and {name} ({file})" for name, file in sorted(needed.items()))
    return (
        f"A network of {params:,} parameters, written by fgspace; it needs {wants}.\n\n"
        "    from model import load\n\n"
        "    network = load()  # in evaluation mode, with the weights of weights.pt beside this file"
    )


def _checked(model: nn.Module, place: Path, given: Mapping[str, list[Any]]) -> Report:
    """Run the written file without fgspace, and compare its outputs with those of the network."""
    with tempfile.TemporaryDirectory() as folder:
        inputs, found = Path(folder) / "inputs.pt", Path(folder) / "outputs.pt"
        torch.save(given, inputs)
        done = subprocess.run(
            [sys.executable, str(ALONE), str(place), str(inputs), str(found), json.dumps(sys.path)],
            capture_output=True,
            text=True,
            env=None,
            check=False,
        )
        if done.returncode:
            raise ValueError(f"model.py does not run without fgspace: {done.stderr.strip().splitlines()[-1]}")
        theirs = torch.load(found, weights_only=True)
    pairs = {
        kind: [(ours, outputs(model, one)) for ours, one in zip(theirs[kind], some, strict=True)]
        for kind, some in given.items()
    }
    versions = {"torch": torch.__version__, "python": sys.version.split()[0], "fgspace": "not importable"}
    return Report({kind: compared(some) for kind, some in pairs.items()}, versions)
