"""Loads the weights that parts start from while their network is built, each file read once."""

import warnings
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn

from fgspace.network.costs import PartError
from fgspace.network.parts.starts import WEIGHTS, Start
from fgspace.network.weights.files import read_weights
from fgspace.network.weights.loading import judged, load_tensors
from fgspace.signatures.reasons import FAILURES

Load = Callable[[nn.Module, Start], None]
_OTHERWISE = "or leave it out to start at random; a relative path begins in the folder that you run the command in"


class Starts:
    """The weights of the parts of networks that are built one after the other.

    `loaded` are the identities of the tensors that files have given values. Modules on the meta device are compared
    with the files, and get none.
    """

    def __init__(self) -> None:
        self.loaded: set[int] = set()
        self._read = cache(_read)

    def load(self, module: nn.Module, start: Start) -> None:
        """Load weights into the module of a part, and warn of a few tensors that do not match.

        Raises:
            PartError: the file cannot be read, or holds the weights of another network.
        """
        loose = f"{WEIGHTS}: {{file: {start.file}, strict: false}}"
        try:
            difference = load_tensors(module, self._read(start.file), start.file)
        except ValueError as error:
            raise PartError(f"{WEIGHTS}: {error}") from error
        try:
            told = judged(difference, start.file, start.strict, WEIGHTS, loose)
        except ValueError as error:
            raise PartError(str(error)) from error
        if told:
            warnings.warn(told, stacklevel=2)
        self.loaded |= difference.loaded()

    def untrained(self, build: Callable[[Load], nn.Module]) -> list[str]:
        """Return the names of the parameters that no file holds, of the network that `build` builds with `load`.

        It is built on the meta device, or on the CPU if that fails.

        Raises:
            PartError: it cannot be built, or a file cannot be read, or holds the weights of another network.
        """
        try:
            with torch.random.fork_rng(devices=[]), torch.device("meta"):
                network = build(self.load)
        except FAILURES:  # of any kind: on the CPU, an error of the weights is raised again
            with torch.random.fork_rng(devices=[]):
                network = build(self.load)
        return [name for name, tensor in network.named_parameters() if id(tensor) not in self.loaded]


def _read(file: str) -> dict[str, Tensor]:
    return read_weights(file, _OTHERWISE)
