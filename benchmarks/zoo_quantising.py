"""Claim: of networks that nobody here wrote, at least nine in ten are quantised well and exported as simulated.

The networks are those of tests/zoo.py, with 8 bits. A network is quantised well if its error is at most 1.3 times that
of a plain simulation (tests/plain_quantisation.py) that is calibrated on the same inputs: ‖difference‖ / ‖output‖ on
other inputs, root mean square over several weights. It is exported as simulated if onnxruntime's output is within the
noise of quantisation of the simulation. Networks whose packages are not installed are skipped; `make test-zoo` installs
them.

    python benchmarks/zoo_quantising.py                  all networks
    python benchmarks/zoo_quantising.py ViT BERT         some of them
"""

import logging
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fgspace
import torch
from fgspace_quant.export import export
from fgspace_quant.model import QuantisedModel

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from plain_quantisation import apart, plain
from zoo import MAKERS, missing, network

WORSE, TARGET, SEEDS, BATCHES, UNSEEN = 1.3, 0.9, 4, 4, 99
KINDS = ({}, {"full_range": True})


def batches(shape: Any) -> list[Any]:
    return [fgspace.trace.example(shape, 16, seed=seed) for seed in range(BATCHES)]


def quantised(model: torch.nn.Module, shape: Any, options: dict[str, Any]) -> QuantisedModel:
    made: Any = fgspace.compress(model, {"type": "Quant", **options}, shape).eval()
    made.calibrate(batches(shape))
    return made


@torch.no_grad()
def errors(name: str) -> list[float]:
    """Return the errors of the plain simulation and of each of KINDS, root mean square over weights of SEEDS seeds."""
    squares = torch.zeros(1 + len(KINDS), dtype=torch.float64)
    for seed in range(SEEDS):
        model, shape = network(name, seed)
        given = fgspace.trace.example(shape, 32, seed=UNSEEN + seed)
        wanted = fgspace.trace.call(model, given)
        found = [plain(model, batches(shape))(given)]
        found += [fgspace.trace.call(quantised(model, shape, options), given) for options in KINDS]
        squares += torch.tensor([apart(one, wanted) for one in found]).square()
    return (squares / SEEDS).sqrt().tolist()


def exported(name: str) -> tuple[bool, str]:
    """Export a network; return whether onnxruntime is as near as it must be, and a few words on it."""
    model, shape = network(name)
    with tempfile.TemporaryDirectory() as folder:
        try:
            found: Any = export(quantised(model, shape, {}), Path(folder) / "net.onnx")
        except Exception as error:  # of any kind: this is what is counted
            return False, f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"[:60]
    return found.error <= found.noise, f"{found.error:.0e} off, noise {found.noise:.0e}"


def main(names: Sequence[str]) -> int:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    tried = good = right = 0
    print(f"{'':17}{'plain':>8}{'default':>9}{'full range':>12}   onnxruntime from the simulation, by default")
    for name in names or MAKERS:
        if missing(name):
            print(f"{name:17}skipped: {missing(name)}")
            continue
        plainly, *ours = errors(name)
        ratios = [error / plainly for error in ours]
        is_right, said = exported(name)
        tried, good, right = tried + 1, good + (ratios[0] <= WORSE), right + is_right
        print(f"{name:17}{plainly:8.4f}{ratios[0]:9.2f}{ratios[1]:12.2f}   {said}", flush=True)
    print(f"{good} of {tried} quantised well by default, {right} exported as simulated; target: at least {TARGET:.0%}")
    return 0 if min(good, right) >= TARGET * tried else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
