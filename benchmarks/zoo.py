"""Claim: of networks that nobody here wrote, at least nine in ten are pruned right as they are.

The networks are those of tests/zoo.py, with a share of 0.3 of every width cut, ranked by the l1 norm. A pruned network
is right if it puts out what the full one does with zeros in place of what was cut, to 1e-4 of its largest output, and
has lost a fifth of the parameters that can be cut. Torch-Pruning prunes the same networks by the same norm, without
being told anything about them but the layers that make the output, which it must keep; its cuts are put into the full
network as zeros, likewise. Networks whose packages are not installed are skipped; `make test-zoo` installs them.

    python benchmarks/zoo.py                  all networks
    python benchmarks/zoo.py ViT BERT         some of them
"""

import copy
import logging
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import fgspace
import torch
from fgspace_prune.finding import plan
from fgspace_prune.groups import Plan
from fgspace_prune.masking import masked
from fgspace_prune.process import Prune
from fgspace_prune.slicing import sliced
from fgspace_prune.trace import tensors_in
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from zoo import MAKERS, missing, network

SHARE, NEAR, LEAST, TARGET = 0.3, 1e-4, 0.2, 0.9
SECONDS = 60
"""The time for one network and one tool: the search of Torch-Pruning for groups need not end."""


class Pruned(NamedTuple):
    """A pruned network, and the full one with zeros in place of what was cut."""

    small: nn.Module
    zeroed: nn.Module


def by_fgspace(model: nn.Module, shape: Any, found: Plan) -> Pruned:
    masks = Prune(ratios=SHARE).masks(found, model)
    return Pruned(sliced(found, model, masks), masked(found, model, masks))


def by_torch_pruning(model: nn.Module, shape: Any, found: Plan) -> Pruned:
    """Prune a copy with Torch-Pruning, and zero the same indices in another copy."""
    import torch_pruning

    small, zeroed = copy.deepcopy(model), copy.deepcopy(model)
    kept = {layer for one in found.refusals if one.reason == "they are the model's output" for layer in one.layers}
    ignored = [module for name, module in small.named_modules() if name in kept]
    importance = torch_pruning.importance.MagnitudeImportance(p=1)
    pruner = torch_pruning.pruner.BasePruner(
        small, fgspace.trace.example(shape, 2, seed=0), importance, pruning_ratio=SHARE, ignored_layers=ignored
    )
    cuts = Cuts(small, zeroed)
    for group in pruner.step(interactive=True):
        for dependency, indices in group:
            cuts.zero(dependency, list(indices))
        group.prune()
    return Pruned(small, zeroed)


class Cuts:
    """Zeroes in a full network what Torch-Pruning cuts from a copy, whose indices it counts from what is left."""

    def __init__(self, small: nn.Module, zeroed: nn.Module) -> None:
        self.names = {id(module): name for name, module in small.named_modules()}
        self.names |= {id(parameter): name for name, parameter in small.named_parameters()}
        self.zeroed = zeroed
        self.alive: dict[tuple[str, str], list[int]] = {}

    def zero(self, dependency: Any, indices: list[int]) -> None:
        """Zero what one layer loses when a group is cut."""
        name, ends = self.names.get(id(dependency.layer)), dependency.pruning_fn.__name__
        if name is None:  # an operation without weights
            return
        reads = "in_channels" in ends
        for path, parameter in self._parameters(name):
            dim = self._dim(dependency.layer, path, parameter, reads)
            if dim is not None and dim < parameter.dim():
                left = self.alive.setdefault((path, str(dim)), list(range(parameter.shape[dim])))
                # A grouped convolution reads the same positions of each group: those of the first tell all.
                gone = [left[index] for index in indices if index < len(left) or not reads]
                self.alive[path, str(dim)] = [one for one in left if one not in {*gone}]
                with torch.no_grad():
                    parameter.index_fill_(dim, torch.tensor(gone, dtype=torch.int64), 0.0)

    def _parameters(self, name: str) -> list[tuple[str, nn.Parameter]]:
        parameters = dict(self.zeroed.named_parameters(remove_duplicate=False))
        if name in parameters:
            return [(name, parameters[name])]
        module = self.zeroed.get_submodule(name)
        return [(f"{name}.{key}", parameter) for key, parameter in module.named_parameters(recurse=False)]

    def _dim(self, layer: Any, path: str, parameter: nn.Parameter, reads: bool) -> int | None:
        """Return the dim of a parameter along which a layer is cut."""
        if isinstance(layer, nn.Parameter):
            return parameter.dim() - 1
        if isinstance(layer, nn.Embedding):
            return 1
        if parameter.dim() == 1:
            makes = isinstance(layer, nn.Linear | nn.modules.conv._ConvNd)
            return None if reads and makes else 0
        return int(reads != isinstance(layer, nn.modules.conv._ConvTransposeNd))


def judged(prune: Callable[..., Pruned], model: nn.Module, shape: Any, found: Plan) -> tuple[bool, str]:
    """Prune; return whether the result is right, and a few words on it."""
    cut = {place.names[0] for place in found.places if place.parameter and any(c is not None for c in place.classes)}
    before = sum(parameter.numel() for key, parameter in model.named_parameters() if key in cut)
    signal.alarm(SECONDS)
    try:
        made = prune(model, shape, found)
        after = sum(parameter.numel() for key, parameter in made.small.named_parameters() if key in cut)
        given = fgspace.trace.example(shape, 2, seed=1)
        with torch.no_grad():
            ours, wanted = (list(tensors_in(fgspace.trace.call(one.eval(), given))) for one in made)
        differ = max(float((a - b).abs().max() / b.abs().max()) for a, b in zip(ours, wanted, strict=True))
    except Exception as error:  # of any kind: this is what is counted
        return False, f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"[:60]
    finally:
        signal.alarm(0)
    lost = 1 - after / before
    return differ < NEAR and lost >= LEAST, f"{100 * lost:3.0f} % cut, {differ:.0e} apart"


def _late(number: int, frame: Any) -> None:
    raise TimeoutError(f"not done in {SECONDS} s")


def main(names: Sequence[str]) -> int:
    torch.set_num_threads(1)
    signal.signal(signal.SIGALRM, _late)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    tools = {"fgspace": by_fgspace, "Torch-Pruning": by_torch_pruning}
    if find_spec("torch_pruning") is None:
        print("torch-pruning is not installed; pip install torch-pruning")
        del tools["Torch-Pruning"]
    right = dict.fromkeys(tools, 0)
    print(f"{'':16}" + "".join(f"{tool:66}" for tool in tools))
    tried = 0
    for name in names or MAKERS:
        if missing(name):
            print(f"{name:16}skipped: {missing(name)}")
            continue
        model, shape = network(name)
        found, words = plan(model, shape), []
        for tool, prune in tools.items():
            is_right, said = judged(prune, model, shape, found)
            right[tool] += is_right
            words.append(f"{'right' if is_right else 'wrong'}: {said}")
        tried += 1
        print(f"{name:16}" + "".join(f"{word:66}" for word in words), flush=True)
    print(f"{'right':16}" + "".join(f"{f'{count} of {tried}':66}" for count in right.values()))
    print(f"target: at least {TARGET:.0%} of the networks")
    return 0 if right["fgspace"] >= TARGET * tried else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
