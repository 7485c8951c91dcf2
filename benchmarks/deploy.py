"""Claim: a pruned and quantised ResNet-20 runs faster in onnxruntime's integer kernels than in any float runtime.

    python benchmarks/deploy.py [--rounds 60]

One run, one thread, one image of 32×32: eager torch, `torch.compile`, onnxruntime in float and in int8, each on the
network with half of its channels, as `fgspace export` writes it. Each row is the least CPU time of many rounds, in
which the rows take turns, so that other work on the machine affects all of them equally. Weights are random, since they
do not change the time. The kernels that the processor has are printed: with AVX2 alone, int8 gains less than with VNNI.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import fgspace
import quant
import torch

FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8")


def kernels() -> list[str]:
    """Return the instructions that the processor has, of those that decide the speed."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return ["unknown"]
    flags = next((line.split() for line in text.splitlines() if line.startswith("flags")), [])
    return [flag for flag in FLAGS if flag in flags]


def rows(folder: Path) -> dict[str, tuple[quant.Run, int]]:
    described, shape = quant.NETWORKS["resnet20"]
    model, image = fgspace.build(described, input_shape=shape).eval(), torch.randn(1, *shape)
    small: Any = fgspace.compress(model, {"type": "Prune", "ratios": 0.5}, shape)
    compiled: Any = torch.compile(small)
    found = {
        "eager float": quant.eager(small, image),
        "torch.compile float": (lambda: compiled(image), quant.eager(small, image)[1]),
        "onnxruntime float": quant.deployed(small, image, folder),
        "onnxruntime int8": quant.deployed(quant.quantised(small, image, 7, 8), image, folder),
    }
    with torch.no_grad():
        compiled(image)  # compiles it before anything is timed
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=60)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"the processor has {', '.join(kernels())}")
    with tempfile.TemporaryDirectory() as folder:
        found = rows(Path(folder))
        seconds = quant.least(found, arguments.rounds)
    quant.report("pruned ResNet-20", found, seconds)
    fastest = min(value for name, value in seconds.items() if "int8" not in name)
    ratio = fastest / seconds["onnxruntime int8"]
    print(f"\nint8 is {ratio:.2f} times as fast as the fastest float runtime")
    return 0 if ratio >= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
