"""Compares the output of an exported model in onnxruntime with that of the simulation."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import fgspace
import torch
from torch import Tensor

from fgspace_quant.activations import Activation
from fgspace_quant.inputs import in_a_row, names, tensors
from fgspace_quant.model import QuantisedModel
from fgspace_quant.modes import evaluating
from fgspace_quant.sites import key
from fgspace_quant.speed import Speed

IMAGES = 8
SAME = 0.1
"""The noise up to which the network without quantisation may stand for the quantised one."""
ACCEPTED = 0.01
"""The error that needs no noise: onnxruntime rounds a value near a tie to the other neighbour, here and there."""


@dataclass(frozen=True)
class Agreement:
    """How near onnxruntime is to the simulation, and the simulation to the float model.

    Both numbers are ‖difference‖ / ‖second output‖ of the worst image. `error` is None if onnxruntime is not installed.
    `speed` is that of the file beside one of floats, where both were timed.
    """

    error: float | None
    noise: float
    speed: Speed | None = None

    @property
    def prefers_floats(self) -> bool:
        """Whether floats are faster, and near enough to be the same network."""
        return self.speed is not None and self.speed.is_slower and self.noise <= SAME

    @property
    def holds(self) -> bool:
        """Say whether the error is within the noise of quantisation, or within ACCEPTED."""
        return self.error is None or self.error <= max(self.noise, ACCEPTED)

    def __str__(self) -> str:
        if self.error is None:
            return "not compared with the simulation: onnxruntime is not installed"
        if self.prefers_floats:
            cure = "--option fastest=false writes integers"
            return f"written in floats, without quantisation, since {self.speed}; {cure}"
        error = "exactly" if self.error == 0 else f"at most {_percent(self.error)} off"
        said = (
            f"onnxruntime's output is {error} that of the simulation, on {IMAGES} random images; "
            f"quantisation changes it by at most {_percent(self.noise)}"
        )
        if self.speed is None:
            return said
        kept = ", and are another network: integers are written" if self.speed.is_slower else ""
        return f"{said}; {self.speed}{kept}"


def compared(model: QuantisedModel, file: Path) -> Agreement:
    """Run a model and the file that it was exported to on random images, and compare their outputs.

    The images are spread evenly over the calibrated range of the input; a float input is normally distributed.
    """
    images = _images(model)
    with evaluating(model), torch.no_grad():
        simulated, unquantised = (tensors(fgspace.trace.call(one, images)) for one in (model, model.model))
    found = _run(file, images)
    error = None if found is None else _worst(found, simulated)
    return Agreement(error, _worst(simulated, unquantised))


def answers(file: Path, given: Any) -> Tensor:
    """Return the first output of a file for an input.

    Raises:
        FgspaceError: the extra `deploy` is not installed.
    """
    found = _run(file, given)
    if found is None:
        raise fgspace.FgspaceError("files are run by onnxruntime: pip install 'fgspace-plugin-quant[deploy]'")
    return found[0]


def _run(file: Path, images: Any) -> list[Tensor] | None:
    try:
        import onnxruntime  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        return None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    given = {name: one.numpy() for name, one in zip(names(images), in_a_row(images), strict=True)}
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return [torch.from_numpy(output) for output in session.run(None, given)]


def _images(model: QuantisedModel) -> Any:
    given = fgspace.trace.example(model.input_shape, IMAGES, seed=0)
    if model.plan.image is None:
        return given
    scale, zero_point, grid = cast("Activation", model.activations[key(model.plan.image)]).numbers()
    first, *others = in_a_row(given)
    draws = torch.rand(first.shape, generator=torch.Generator().manual_seed(0))
    first = (draws * (grid.high - grid.low) + grid.low - zero_point) * scale
    return dict(zip(given, (first, *others), strict=True)) if isinstance(given, Mapping) else first


def _worst(outputs: list[Tensor], expected: list[Tensor]) -> float:
    return max(
        float(((_rows(one) - _rows(other)).norm(dim=1) / _rows(other).norm(dim=1).clamp(min=1e-12)).max())
        for one, other in zip(outputs, expected, strict=True)
    )


def _rows(output: Tensor) -> Tensor:
    """Return one row for each image; a single one if the output has no batch."""
    return output.double().reshape(IMAGES if output.shape[:1] == (IMAGES,) else 1, -1)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
