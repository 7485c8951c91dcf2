"""The tensors from which the parameters of many networks are cut, and their values before any training."""

import hashlib
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from fgspace.network.sharing.places import Place
from fgspace.network.sharing.slices import Slice, covering


class Tensors:
    """Key → tensor, each as large as the parameters that have been put in need.

    A tensor that grows keeps its values, and stays the same `nn.Parameter`.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._held: dict[str, nn.Parameter] = {}

    @property
    def held(self) -> Mapping[str, nn.Parameter]:
        """Key → tensor."""
        return self._held

    def lacking(self, places: Iterable[Place]) -> list[Place]:
        """Return the places of parameters that no tensor is large enough for."""
        return [place for place in places if not self._covers(place)]

    def reserve(self, sizes: Mapping[str, tuple[int, ...]], drawn: Mapping[str, tuple[Place, Tensor]]) -> None:
        """Make each tensor at least as large as these sizes.

        New values are those of a parameter that was drawn for a network, in its place, and elsewhere random ones with
        the same mean and deviation.
        """
        for key, wanted in sizes.items():
            place, values = drawn[key]
            old = self._held.get(key)
            whole = self._like(key, values, wanted if old is None else covering(wanted, old.shape))
            place.slice.window(whole).copy_(values.detach().view(place.slice.sizes))
            if old is None:
                self._held[key] = nn.Parameter(whole)
            else:
                Slice(old.shape, old.shape, place.slice.centred).window(whole).copy_(old.detach())
                old.data, old.grad = whole, None

    def load(self, held: Mapping[str, Tensor]) -> None:
        """Take these tensors in place of all."""
        self._held = {key: nn.Parameter(tensor.detach().clone()) for key, tensor in held.items()}

    def _covers(self, place: Place) -> bool:
        held = self._held.get(place.key)
        return held is not None and all(size <= have for size, have in zip(place.slice.sizes, held.shape, strict=True))

    def _like(self, key: str, values: Tensor, sizes: tuple[int, ...]) -> Tensor:
        number = int.from_bytes(hashlib.sha256(f"{self._seed} {key} {sizes}".encode()).digest()[:8], "big") >> 1
        generator = torch.Generator().manual_seed(number)
        deviation, mean = torch.std_mean(values.float(), correction=0)
        noise = torch.randn(sizes, generator=generator) * deviation + mean
        return noise.to(values.dtype)
