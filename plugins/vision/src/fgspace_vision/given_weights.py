"""The weights of a trained network that a file names: the evaluator's own, or those that the first process reads."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from fgspace import PartError, load_weights

if TYPE_CHECKING:
    from torch import nn

OPTIONS = ("init_model_file", "path")
"""The options of a process that name a file of weights."""
_OTHERWISE = "or leave it out to train the network first"


@dataclass(frozen=True)
class GivenWeights:
    """A file of weights, and the option that names it: that of a process, or of the evaluator where `process` is None.

    `strict` is as in `fgspace.load_weights`.
    """

    file: str
    option: str = "weights"
    strict: bool | None = None
    process: str | None = None

    @classmethod
    def of(cls, weights: str | None, strict: bool | None, processes: Mapping[str, Mapping[str, Any]]) -> Self | None:
        """Return the weights of a candidate with these processes, None where its network is to be trained.

        Raises:
            PartError: they are given twice, or by another process than the first, which gets a network that is
                processed already.
        """
        named = {name: found for name, process in processes.items() if (found := _named(process)) is not None}
        for name, (option, _, _) in named.items():
            if weights is not None:
                raise PartError(f"{option}: the evaluator has weights already; leave one of them out", (name,))
            if name != next(iter(processes)):
                raise PartError(f"{option}: only the first process reads weights here; leave this out", (name,))
        if weights is not None:
            return cls(weights, strict=strict)
        return next((cls(file, option, soft, name) for name, (option, file, soft) in named.items()), None)

    def load(self, network: "nn.Module") -> None:
        """Load the weights into a network, and warn of a few that do not match.

        Raises:
            PartError, ValueError: the file cannot be read, or is another network's.
        """
        try:
            told = load_weights(network, self.file, strict=self.strict, option=self.option, otherwise=_OTHERWISE)
        except ValueError as error:
            raise error if self.process is None else PartError(str(error), (self.process,)) from error
        if told:
            warnings.warn(told, stacklevel=2)


def _named(process: Mapping[str, Any]) -> tuple[str, str, bool | None] | None:
    """Return the option of a process that names a file of weights, the file, and how strict the process is."""
    if process.get("weights") is False:
        return None
    option = next((one for one in OPTIONS if process.get(one) is not None), None)
    return None if option is None else (option, process[option], process.get("strict"))
