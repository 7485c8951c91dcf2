"""Distillation: a network is trained towards what a larger one puts out for the same images (arXiv:1503.02531)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from fgspace import FgspaceError, Preprocessing
from fgspace.errors import brief, did_you_mean

from fgspace_vision.splits import Splits

if TYPE_CHECKING:
    from torch import Tensor, nn

_OPTIONS = ("from", "temperature", "weight")
WEIGHTS = "weights.pt"
"""The file of weights that a search and a training write beside a description."""


@dataclass(frozen=True)
class Distillation:
    """The teacher's file, the temperature of both outputs, and the share of the loss that is distillation."""

    file: str
    temperature: float = 4.0
    weight: float = 0.5

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Self:
        """Read the option `distil`. Raises ValueError where it holds something else."""
        for name in written:
            if name not in _OPTIONS:
                near = did_you_mean(str(name), _OPTIONS) or f"; there are {', '.join(_OPTIONS)}"
                raise ValueError(f"distil: unknown option {name!r}{near}")
        file, temperature = written.get("from"), written.get("temperature", 4.0)
        weight = written.get("weight", 0.5)
        if not isinstance(file, str) or file == "largest":
            what = f"the file of a description with its {WEIGHTS} beside it"
            raise ValueError(
                f"distil.from: expected {what}, got {brief(file)}; numbers of trials and largest are for fgspace train"
            )
        if not _is_number(temperature) or temperature <= 0:
            raise ValueError(f"distil.temperature: expected a number above 0, got {brief(temperature)}")
        if not _is_number(weight) or not 0 < weight <= 1:
            raise ValueError(f"distil.weight: expected a number above 0 and at most 1, got {brief(weight)}")
        return cls(file, float(temperature), float(weight))


class Teacher:
    """A trained network that another one learns from.

    Raises:
        FgspaceError: its files are missing, or it expects other images or other classes.
    """

    def __init__(self, asked: Distillation, splits: Splits) -> None:
        self._asked = asked
        self.network = _network(Path(asked.file).expanduser(), splits)

    def loss(self, own: "Tensor", logits: "Tensor", images: "Tensor") -> "Tensor":
        """Return the loss of a batch: the network's `own`, in part replaced by the distance to the teacher's output."""
        import torch
        from torch.nn import functional

        warm = self._asked.temperature
        with torch.no_grad():
            target = functional.log_softmax(self.network(images).float() / warm, 1)
        found = functional.log_softmax(logits.float() / warm, 1)
        distance = functional.kl_div(found, target, reduction="batchmean", log_target=True) * warm**2
        return own * (1 - self._asked.weight) + distance * self._asked.weight


def _network(file: Path, splits: Splits) -> "nn.Module":
    import fgspace

    from fgspace_vision.preprocessing import recorded

    weights = file.with_name(WEIGHTS)
    for needed in (file, weights):
        if not needed.is_file():
            raise FgspaceError(f"distil.from: there is no {str(needed)!r}; train the teacher first, or name another")
    expected = fgspace.expected(file)
    _check("images", file, expected.preprocessing, recorded(splits))
    _check("classes", file, expected.classes or None, tuple(map(str, splits.classes)))
    network = fgspace.build(str(file), init=False)
    fgspace.load_weights(network, str(weights), strict=True, option="distil.from")
    return network.eval().requires_grad_(False)


def _check(what: str, file: Path, teachers: Any, own: Any) -> None:
    """Raise FgspaceError where the teacher was trained on something else; what is not recorded is not known."""
    if teachers is not None and teachers != own:
        shown = [value.plain() if isinstance(value, Preprocessing) else list(value) for value in (teachers, own)]
        raise FgspaceError(
            f"distil.from: the teacher in {str(file)!r} expects other {what}, {shown[0]}, not {shown[1]}; "
            "train both on the same data, with the same preprocessing"
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
