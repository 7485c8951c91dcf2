"""Loads the weights of a file into a network, and tells what does not match."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from fgspace.network.weights.files import read_weights
from fgspace.network.weights.names import names_in_network

SHOWN = 5
"""The number of tensors that a message names."""
_TOLERATED = 0.1
"""The share of a network's tensors, and of its numbers, that a file may lack."""


def load_weights(
    model: nn.Module,
    file: str,
    *,
    strict: bool | None,
    option: str = "weights",
    otherwise: str = "or leave it out",
) -> str:
    """Load the weights and buffers of a file into a model; `fgspace.load_weights` documents everything."""
    try:
        difference = load_tensors(model, read_weights(file, otherwise), file)
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from error
    return judged(difference, file, strict, option)


def judged(difference: "Difference", file: str, strict: bool | None, option: str, loose: str = "strict: false") -> str:
    """Return the sentence on a difference, "" where there is none; `loose` is what allows any.

    Raises:
        ValueError: it is more than `strict` allows.
    """
    told = f"{option}: {difference.in_words(file)}" if difference.lacks or difference.surplus else ""
    if told and strict is not False:
        if strict:
            raise ValueError(f"{told}; give the weights of exactly this network")
        if difference.is_large:
            raise ValueError(f"{told}; give the weights of this network, or write {loose} where this is wanted")
    return told


@dataclass(frozen=True)
class Difference:
    """How a file differs from a network: `lacks` maps the network's tensors that it lacks to the reason in words."""

    network: Mapping[str, Tensor]
    lacks: Mapping[str, str]
    surplus: Sequence[str]

    def loaded(self) -> set[int]:
        """Return the identities of the network's tensors that the file holds."""
        return {id(tensor) for name, tensor in self.network.items() if name not in self.lacks}

    @property
    def is_large(self) -> bool:
        """Say whether the file lacks more than a tenth of the network, or half of a layer's numbers."""
        whole, lost = Counter[str](), Counter[str]()
        for name, tensor in self.network.items():
            size = 1 if is_lazy(tensor) else tensor.numel()
            whole[_layer(name)] += size
            lost[_layer(name)] += size if name in self.lacks else 0
        shares = (lost.total() / max(1, whole.total()), len(self.lacks) / max(1, len(self.network)))
        return max(shares) > _TOLERATED or any(2 * lost[_layer(name)] >= whole[_layer(name)] for name in self.lacks)

    def in_words(self, file: str) -> str:
        """Return the sentence that names the first tensors that do not match."""
        surplus = f"{_of(self.surplus, file)} not in the network: {_some(map(repr, self.surplus))}"
        if not self.lacks:
            return surplus
        named = _some(f"{name!r} ({why})" for name, why in self.lacks.items())
        of = f"{len(self.lacks)} of the network's {len(self.network)} tensors"
        told = f"{of} {'does' if len(self.lacks) == 1 else 'do'} not match {file!r}: {named}"
        return f"{told}; {surplus}" if self.surplus else told


def load_tensors(model: nn.Module, given: Mapping[str, Tensor], file: str) -> Difference:
    """Load what matches of the tensors of a file, and return the difference.

    Raises:
        ValueError: nothing matches, or what matches holds what no trained weights are.
    """
    state = {name: value for name, value in model.state_dict(keep_vars=True).items() if isinstance(value, Tensor)}
    names = names_in_network(_shapes(given), _shapes(state))
    found = {other: given[name] for name, other in names.items()}
    odd = {name: why for name, tensor in found.items() if name in state and (why := _misfit(tensor, state[name]))}
    fits = {name: tensor for name, tensor in found.items() if name not in odd}
    if state and not any(name in state for name in fits):
        raise ValueError(_nothing(file, list(given), list(state)))
    for name, other in names.items():
        if other in fits and other in state:
            _check_numbers(f"{name!r} in {file!r}", fits[other], state[other])
    missing, surplus = _put(model, fits, state)
    lacks = {name: odd.get(name, "not in the file") for name in missing if name in state}
    return Difference(_counted(state), _counted(lacks), [name for name, other in names.items() if other in surplus])


def _put(model: nn.Module, fits: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> tuple[list[str], list[str]]:
    """Load tensors by name; return the names that the model lacks, and those that it has no use for."""
    if any(tensor.is_meta for tensor in state.values()):
        missing, surplus = [name for name in state if name not in fits], [name for name in fits if name not in state]
    else:
        try:
            # Names that the state does not have are given too: some modules read their tensors by former names.
            missing, surplus = model.load_state_dict(fits, strict=False)
        except RuntimeError as error:
            _, *reasons = map(str.strip, str(error).splitlines())
            raise ValueError("; ".join(reasons) or str(error)) from error
    loaded = {id(state[name]) for name in state if name not in missing}
    return [name for name in missing if name in state and id(state[name]) not in loaded], list(surplus)


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    return {name: None if is_lazy(tensor) else tensor.shape for name, tensor in tensors.items()}


def _misfit(tensor: Tensor, wanted: Tensor) -> str | None:
    """Return how a tensor of a file differs in kind from one of the network, None if it does not."""
    if is_lazy(wanted):
        return None
    if tensor.shape != wanted.shape:
        return f"{_times(wanted)}, in the file {_times(tensor)}"
    if wanted.is_floating_point() and not (tensor.is_floating_point() or tensor.is_complex()):
        return f"{_type(wanted)}, in the file {_type(tensor)}"
    return None


def _check_numbers(name: str, tensor: Tensor, wanted: Tensor) -> None:
    """Raise ValueError where a tensor holds what no trained weights are: complex numbers, NaN or infinity."""
    if tensor.is_complex() and not wanted.is_complex():
        raise ValueError(f"{name} is complex, and the network's is not; save its real part")
    if tensor.is_floating_point() or tensor.is_complex():
        # A buffer may hold infinity on purpose, as masks of attention do.
        wrong = tensor.isnan() if not isinstance(wanted, nn.Parameter) else ~tensor.isfinite()
        if count := int(wrong.sum()):
            odd = "NaN" if bool(tensor.isnan().any()) else "infinite"
            told = f"{count} of {tensor.numel()} numbers are {odd}"
            raise ValueError(f"{name}: {told}; give weights of a training that converged")


def _nothing(file: str, given: Sequence[str], wanted: Sequence[str]) -> str:
    told = f"nothing in {file!r} has the name and shape of a weight of this network"
    holds = f"it holds {_some(map(repr, given))}" if given else "it is empty"
    return f"{told}: {holds}, and the network has {_some(map(repr, wanted))}; give the weights of this network"


_Kept = TypeVar("_Kept")


def _counted(tensors: Mapping[str, _Kept]) -> dict[str, _Kept]:
    """Return the tensors that the output depends on: not the counters of batch norms, which older files lack."""
    return {name: one for name, one in tensors.items() if name.rpartition(".")[2] != "num_batches_tracked"}


def _of(names: Sequence[str], file: str) -> str:
    return f"{len(names)} {'tensor' if len(names) == 1 else 'tensors'} of {file!r} {'is' if len(names) == 1 else 'are'}"


def _layer(name: str) -> str:
    return name.rpartition(".")[0]


def _times(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape)) or "one number"


def _type(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _some(words: Iterable[str]) -> str:
    """Return the first words, and the number of those that are left out."""
    words = list(words)
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return ", ".join(words[:SHOWN]) + more
