"""Claim: pruning half of ResNet-18's channels takes at most a fifth of Torch-Pruning's CPU time per candidate.

At 224×224, one thread; ResNet-20 at 32×32 is measured too. Ours finds the groups of channels once per model, which is
timed separately; each candidate is ranked by the l1 norm and sliced. Torch-Pruning copies the model, finds its groups,
ranks by the same norm and prunes, again for each candidate, since pruning changes the model that its graph belongs to.
The two take turns; the ratio is that of the medians. Both must give the same shapes. Needs `pip install torch-pruning`;
without it, the script prints this and ends.
"""

import copy
import gc
import sys
from collections.abc import Callable
from importlib.util import find_spec
from statistics import median
from time import process_time
from typing import Any

import fgspace
import torch
from fgspace_prune.finding import plan
from fgspace_prune.process import Prune
from fgspace_prune.slicing import sliced
from torch import nn

TARGET = 1 / 5
HALF = Prune(ratios=0.5)
ROUNDS = 15


def seconds(work: Callable[[], Any]) -> float:
    """Return the CPU seconds that `work` takes."""
    gc.collect()
    begin = process_time()
    work()
    return process_time() - begin


def torch_pruned(model: nn.Module, images: torch.Tensor) -> nn.Module:
    """Prune a copy of the model with Torch-Pruning."""
    import torch_pruning

    model = copy.deepcopy(model)
    last = [module for module in model.modules() if isinstance(module, nn.Linear)]
    importance = torch_pruning.importance.MagnitudeImportance(p=1)
    torch_pruning.pruner.BasePruner(model, images, importance, pruning_ratio=0.5, ignored_layers=last).step()
    return model


def compare(name: str, description: dict[str, Any], shape: tuple[int, int, int]) -> bool:
    """Time both in turns, print the ratio, and print whether the claim holds."""
    model = fgspace.build(description, input_shape=shape).eval()
    images = torch.randn(1, *shape)
    once = min(seconds(lambda: plan(model, shape)) for _ in range(3))
    found = plan(model, shape)

    def ours() -> nn.Module:
        return sliced(found, model, HALF.masks(found, model))

    def theirs() -> nn.Module:
        return torch_pruned(model, images)

    shapes = [[tensor.shape for tensor in made.state_dict().values()] for made in (ours(), theirs())]
    if shapes[0] != shapes[1]:
        raise SystemExit(f"{name}: the two networks differ")
    rounds = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
    mine, other = (median(column) for column in zip(*rounds, strict=True))
    times = f"fgspace {1e3 * mine:6.1f} ms (and {1e3 * once:.0f} ms once), Torch-Pruning {1e3 * other:6.1f} ms"
    print(f"{name}: {times}, ratio {mine / other:.3f}")
    return mine / other <= TARGET


def main() -> int:
    torch.set_num_threads(1)
    if find_spec("torch_pruning") is None:
        print("skipped: torch-pruning is not installed; pip install torch-pruning")
        return 0
    held = compare("ResNet-18, 224×224", {"type": "ResNet", "depth": 18}, (3, 224, 224))
    compare("ResNet-20,   32×32", {"type": "ResNet", "depth": 20, "small_input": True}, (3, 32, 32))
    print(f"target for ResNet-18: at most {TARGET:.2f}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
