"""Claim: tracing a network takes at most 3 times one forward pass of it on the meta device under a bare dispatch mode.

`fgspace.trace` gets a network with values, copies it to the meta device, runs it once, and returns its rows. The bare
pass is that of a network which is on the meta device already, under a TorchDispatchMode that only calls the operation.
CPU time, one thread, the median of several rounds in which the two take turns.
"""

import sys
from collections.abc import Callable, Mapping
from copy import deepcopy
from statistics import median
from time import process_time
from typing import Any

import fgspace
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

ROUNDS, TARGET = 21, 3.0
IMAGE, TEXT = (3, 32, 32), {"shape": [64], "dtype": "int64", "below": 1000}


class Bare(TorchDispatchMode):
    """Calls each operation, and nothing else."""

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        """Call the operation."""
        return func(*args, **(kwargs or {}))


class Reader(nn.Module):
    """An encoder of tokens of torch's own layers, as plain operations and not as the fused one."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(1000, 128)
        layers = [nn.TransformerEncoderLayer(128, 4, 256, batch_first=True, norm_first=True) for _ in range(6)]
        self.layers = nn.ModuleList(layers)
        self.head = nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return scores of the mean token."""
        x = self.embedding(x)
        for layer in self.layers:
            x = layer(x)
        scores: torch.Tensor = self.head(x.mean(1))
        return scores


NETWORKS: Mapping[str, tuple[Callable[[], nn.Module], Any]] = {
    "ResNet-20": (lambda: fgspace.build({"type": "ResNet", "depth": 20, "small_input": True}, IMAGE), IMAGE),
    "MobileNetV2": (lambda: fgspace.build({"type": "MobileNetV2"}, IMAGE), IMAGE),
    "encoder of 6 layers": (Reader, TEXT),
}


def seconds(run: Callable[[], Any]) -> float:
    """Return the CPU time of one call."""
    before = process_time()
    run()
    return process_time() - before


def compared(model: nn.Module, shape: Any) -> tuple[float, float, int]:
    """Return the seconds of a trace and of a bare pass, and the number of rows."""
    model = model.eval()
    bare, given = deepcopy(model).to("meta"), fgspace.trace.example(shape, device="meta")

    def run() -> None:
        with torch.no_grad(), Bare():
            bare(given)

    rows = fgspace.trace.rows(model, shape)
    run()
    both = [(seconds(lambda: fgspace.trace.rows(model, shape)), seconds(run)) for _ in range(ROUNDS)]
    return median(one for one, _ in both), median(one for _, one in both), len(rows)


def main() -> int:
    """Print the table, and return 1 where the claim does not hold."""
    torch.set_num_threads(1)
    torch.backends.mha.set_fastpath_enabled(False)  # one operation hides a layer in the fused encoder
    print("NETWORK               ROWS  TRACE ms  BARE PASS ms  RATIO")
    worst = 0.0
    for name, (make, shape) in NETWORKS.items():
        traced, passed, rows = compared(make(), shape)
        worst = max(worst, traced / passed)
        print(f"{name:<20}  {rows:>4}  {1e3 * traced:>8.1f}  {1e3 * passed:>12.1f}  {traced / passed:>5.2f}")
    print(f"\nat most {worst:.2f} times a bare pass; the target is {TARGET:g}")
    return int(worst > TARGET)


if __name__ == "__main__":
    sys.exit(main())
