"""Claim: ResNet-18 in int8 runs at least 1.5 times as fast as in float, both in onnxruntime.

    python benchmarks/quant.py                    ResNet-18 and MobileNetV2 on 224×224, ResNet-20 on 32×32
    python benchmarks/quant.py --only resnet20    one of them

One image, one thread. Each row is the least CPU time of many rounds; the rows take turns, so that other work on the
machine affects all of them equally. Weights are random, since they do not change the time. The int8 weights have 7
bits, so that the kernels of processors without VNNI do not saturate. Pruned networks have half the channels. Needs the
extra fgspace-plugin-quant[deploy]; the pruned rows need fgspace-plugin-prune.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fgspace
import torch

TARGET = 1.5
NETWORKS: dict[str, tuple[dict[str, Any], tuple[int, int, int]]] = {
    "resnet18": ({"type": "ResNet", "depth": 18, "num_class": 1000}, (3, 224, 224)),
    "mobilenetv2": ({"type": "MobileNetV2", "num_class": 1000}, (3, 224, 224)),
    "resnet20": ({"type": "ResNet", "depth": 20, "small_input": True}, (3, 32, 32)),
}
Run = Callable[[], Any]


def eager(model: torch.nn.Module, image: torch.Tensor) -> tuple[Run, int]:
    size = sum(tensor.numel() * tensor.element_size() for tensor in model.state_dict().values())
    return lambda: model(image), size


def deployed(model: torch.nn.Module, image: torch.Tensor, folder: Path, int4: bool = False) -> tuple[Run, int]:
    import onnxruntime
    from fgspace_quant.export import export

    path = folder / "model.onnx"
    export(model, path, tuple(image.shape[1:]), int4=int4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    given = {"image": image.numpy()}
    return lambda: session.run(None, given), path.stat().st_size


def quantised(model: torch.nn.Module, image: torch.Tensor, weights: int, activations: int) -> torch.nn.Module:
    process = {"type": "Quant", "nbit_w_list": weights, "nbit_a_list": activations, "first_last": "same"}
    made: Any = fgspace.compress(model, process, tuple(image.shape[1:]))
    made.calibrate([torch.randn(4, *image.shape[1:])])
    return made


def rows(name: str, folder: Path) -> dict[str, tuple[Run, int]]:
    described, shape = NETWORKS[name]
    model, image = fgspace.build(described, input_shape=shape).eval(), torch.randn(1, *shape)
    found = {
        "eager float": eager(model, image),
        "onnxruntime float": deployed(model, image, folder),
        "onnxruntime int8": deployed(quantised(model, image, 7, 8), image, folder),
        "onnxruntime w4a4": deployed(quantised(model, image, 4, 4), image, folder, int4=True),
    }
    try:
        small = fgspace.compress(model, {"type": "Prune", "ratios": 0.5}, shape)
    except fgspace.FgspaceError as error:
        print(f"no pruned rows: {error}")
        return found
    return found | {
        "pruned eager float": eager(small, image),
        "pruned onnxruntime float": deployed(small, image, folder),
        "pruned onnxruntime int8": deployed(quantised(small, image, 7, 8), image, folder),
    }


@torch.no_grad()
def least(found: dict[str, tuple[Run, int]], rounds: int) -> dict[str, float]:
    seconds = dict.fromkeys(found, float("inf"))
    for _ in range(rounds):
        for name, (run, _) in found.items():
            start = time.process_time()
            run()
            seconds[name] = min(seconds[name], time.process_time() - start)
    return seconds


def report(name: str, found: dict[str, tuple[Run, int]], seconds: dict[str, float]) -> None:
    print(f"\n{name:26s} {'ms':>8s} {'× eager':>8s} {'× ort':>8s} {'MB':>8s}")
    for row, (_, size) in found.items():
        times = [seconds[base] / seconds[row] for base in ("eager float", "onnxruntime float")]
        print(f"{row:26s} {seconds[row] * 1000:8.2f} {times[0]:8.2f} {times[1]:8.2f} {size / 1e6:8.2f}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed and size of quantised networks.")
    parser.add_argument("--only", choices=NETWORKS)
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    try:
        import onnxruntime  # noqa: F401
    except ModuleNotFoundError:
        print("needs onnxruntime: pip install 'fgspace-plugin-quant[deploy]'")
        return 0
    torch.set_num_threads(1)
    torch.manual_seed(0)
    ratios = {}
    for name in [arguments.only] if arguments.only else NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            found = rows(name, Path(folder))
            seconds = least(found, arguments.rounds)
        report(name, found, seconds)
        ratios[name] = seconds["onnxruntime float"] / seconds["onnxruntime int8"]
    print(
        "\nBits below 8 save size, not time: no kernel computes in 4. Narrow networks gain from pruning, not from int8."
    )
    if "resnet18" not in ratios:
        return 0
    print(
        f"ResNet-18: int8 is {ratios['resnet18']:.2f} times as fast as float in onnxruntime; the target is {TARGET:g}"
    )
    return 0 if ratios["resnet18"] >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
