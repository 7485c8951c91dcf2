"""Claim: on ResNet-18, int8 runs at least 1.5 times as fast as float in onnxruntime with AVX2 alone, more with VNNI.

    python benchmarks/deploy.py [--rounds 60] [--avx2]

One run, one thread, one image: eager torch, `torch.compile`, onnxruntime in float and in int8, as `fgspace export`
writes it: for a ResNet-20 with half of its channels on 32×32, and for ResNet-18 on 224×224. Each row is the least CPU
time of many rounds, in which the rows take turns, so that other work on the machine affects all of them equally.
Weights are random, since they do not change the time.

The instructions that the processor has are printed, and what onnxruntime is let see of them. It has no setting for
that: where the processor has more than AVX2, the script calls itself with `--avx2`, in which onnxruntime is patched to
see no more (benchmarks/deploying). The rows of torch are not restricted.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from deploying import avx2

FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8")
TARGET = 1.5


def kernels() -> list[str]:
    """Return the instructions that the processor has, of those that decide the speed."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return ["unknown"]
    flags = next((line.split() for line in text.splitlines() if line.startswith("flags")), [])
    return [flag for flag in FLAGS if flag in flags]


def rows(name: str, folder: Path, ratio: float | None) -> dict[str, Any]:
    import fgspace
    import quant

    described, shape = quant.NETWORKS[name]
    model, image = fgspace.build(described, input_shape=shape).eval(), torch.randn(1, *shape)
    small: Any = model if ratio is None else fgspace.compress(model, {"type": "Prune", "ratios": ratio}, shape)
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


def measured(name: str, title: str, ratio: float | None, rounds: int) -> dict[str, float]:
    import quant

    with tempfile.TemporaryDirectory() as folder:
        found = rows(name, Path(folder), ratio)
        seconds: dict[str, float] = quant.least(found, rounds)
    quant.report(title, found, seconds)
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--avx2", action="store_true", help="let onnxruntime see AVX2 and nothing newer")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"the processor has {', '.join(kernels())}; onnxruntime sees {'avx2' if arguments.avx2 else 'all of them'}")
    with tempfile.TemporaryDirectory() as folder:
        if arguments.avx2:
            avx2.restrict(Path(folder))
        measured("resnet20", "pruned ResNet-20", 0.5, arguments.rounds)
        large = measured("resnet18", "ResNet-18", None, max(arguments.rounds // 3, 5))
    ratio = large["onnxruntime float"] / large["onnxruntime int8"]
    print(
        f"\nResNet-18: int8 is {ratio:.2f} times as fast as float in onnxruntime; the target is {TARGET:g}\n",
        flush=True,
    )
    failed = ratio < TARGET
    if not arguments.avx2 and len(kernels()) > 1:
        if (lacking := avx2.missing()) is not None:
            print(f"onnxruntime cannot be restricted to AVX2: {lacking}")
        else:
            again = [sys.executable, __file__, "--avx2", "--rounds", str(arguments.rounds)]
            failed |= subprocess.run(again, check=False).returncode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
