"""Goes the whole way on digits, from a file to networks that run without fgspace, and checks what was promised.

    python tools/tour.py [FOLDER]

Searches for accuracy and measured latency, reports, trains the chosen network in full, kills that in the middle and
goes on, exports in three formats that take raw pixels, and runs each in an environment without fgspace. There, accuracy
must be what the training measured, and latency what the search promised. FOLDER, by default a temporary one, keeps all.
"""

import csv
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

FGSPACE = (sys.executable, "-m", "fgspace")
SEARCH = """\
search_space:
  type: FineGrainedSpace
  hyper_parameters:
    layer.doublechannel: {bits: 4}
    init.init_plane: {choice: [8, 12, 16]}
  modules: [init, layer, head]
  init: {type: SmallInputInitialBlock, init_plane: 8}
  layer:
    type: VariantLayer
    block: {type: BasicBlock}
    doublechannel: [0, 1, 0, 0]
    downsample: [0, 1, 0, 1]
    expansion: 1
  head: {type: LinearClassificationHead, num_class: 10}
search_algorithm: {type: RandomSearch}
evaluator: {type: ImageClassification, dataset: {type: Digits}, epochs: 2}
measure: {latency_ms: {type: Latency, runtime: onnxruntime, threads: 1, batch: 1}}
objectives: {accuracy: max, latency_ms: min}
budget: {trials: 6}
"""
EPOCHS, KILLED_AFTER = 6, 2
SLOWER = 1.5
"""How much more than promised a run may take: the first operations are new, and the machine is shared."""
FORMATS = {"onnx": "model.onnx", "torch": "plain", "program": "model.pt2"}
ELSEWHERE = '''
"""Runs the exported networks on raw images, where there is no fgspace."""
import importlib.util, json, statistics, sys, time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch

assert importlib.util.find_spec("fgspace") is None, "fgspace can be imported here"
torch.set_num_threads(1)
here = Path(__file__).parent
images, labels = np.load(here / "images.npy"), np.load(here / "labels.npy")


def onnx(name="model.onnx"):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(here / name), options, providers=["CPUExecutionProvider"])
    return lambda given: session.run(None, {"image": given})[0]


def plain():
    sys.path.insert(0, str(here / "plain"))
    import model

    network = model.load().eval()
    return lambda given: network(torch.from_numpy(given)).detach().numpy()


def program():
    network = torch.export.load(here / "model.pt2").module()
    return lambda given: network(torch.from_numpy(given)).detach().numpy()


def seconds(run):
    begin = time.perf_counter()
    for _ in range(5):
        run()
    return time.perf_counter() - begin


def milliseconds(run):
    """In turns with the reference of the search, as that has measured: what slows the machine slows both."""
    one = images[:1]
    pairs = [(seconds(lambda: run(one)), seconds(reference)) for _ in range(100)]
    return float(sys.argv[1]) * statistics.median(mine / other for mine, other in pairs)


zeros, referring = np.zeros((1, 32, 16, 16), np.float32), onnx("reference.onnx")
reference = lambda: referring(zeros)
told = {}
for name, load in (("onnx", onnx), ("torch", plain), ("program", program)):
    run = load()
    told[name] = {"accuracy": float((run(images).argmax(1) == labels).mean()), "ms": milliseconds(run)}
print(json.dumps(told))
'''


def main() -> int:
    """Go the way, print how long each step took, and return 1 where something is not as promised."""
    if len(sys.argv) > 1:
        return tour(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        return tour(Path(folder))


def tour(folder: Path) -> int:
    """Go the way in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    (folder / "digits.yaml").write_text(SEARCH, encoding="utf-8")
    run = folder / "run"
    step("search", lambda: fgspace(folder, "search", "digits.yaml", "--workers", "2", "--out", "run"))
    step("report", lambda: fgspace(folder, "report", "run", "--out", "report.html"))
    number = step("train, killed in the middle", lambda: trained(folder, run))
    trained_folder = run / "trained" / number
    step("export in three formats", lambda: exported(folder, trained_folder))
    step("raw images of the test part", lambda: raw_images(folder))
    latency, reference = promised(run, number)
    told = step("run each without fgspace", lambda: elsewhere(folder, reference))
    print(f"all in {time.monotonic() - begin:.0f} s")
    return judged(told, trained_folder, latency)


def step(name: str, work: Callable[[], Any]) -> Any:
    """Do a step, and print how long it took."""
    begin = time.monotonic()
    found = work()
    print(f"{time.monotonic() - begin:6.1f} s  {name}", flush=True)
    return found


def fgspace(folder: Path, *arguments: str) -> str:
    """Run the command in a folder, and return what it prints."""
    done = subprocess.run([*FGSPACE, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"fgspace {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def trained(folder: Path, run: Path) -> str:
    """Train the best network of the front, killed after some epochs, and return its number."""
    command = (*FGSPACE, "train", "run", "--epochs", str(EPOCHS))
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and all(len(epochs(log)) < KILLED_AFTER for log in run.glob("trained/*/log.csv")):
        time.sleep(0.02)
    process.kill()
    process.wait()
    (log,) = run.glob("trained/*/log.csv")
    before = epochs(log)
    if not KILLED_AFTER <= len(before) < EPOCHS:
        sys.exit(f"the training was not killed in the middle: {len(before)} of {EPOCHS} epochs")
    fgspace(folder, "train", "run", "--epochs", str(EPOCHS))
    after = epochs(log)
    if after[: KILLED_AFTER - 1] != before[: KILLED_AFTER - 1] or len(after) != EPOCHS:
        sys.exit(f"the training did not go on from its checkpoint: {before}, then {after}")
    return log.parent.name


def epochs(log: Path) -> list[dict[str, str]]:
    """Return the whole rows of a log."""
    try:
        return [row for row in csv.DictReader(log.read_text(encoding="utf-8").splitlines()) if None not in row.values()]
    except OSError:
        return []


def exported(folder: Path, trained_folder: Path) -> None:
    """Export the trained network in each format, so that raw pixels go in."""
    (folder / "product").mkdir(exist_ok=True)
    network = str(trained_folder.relative_to(folder))
    for name, output in FORMATS.items():
        fgspace(folder, "export", network, "--format", name, "--with-preprocessing", "-o", f"product/{output}")


def raw_images(folder: Path) -> None:
    """Write the test part as a user has it, raw pixels, 0 to 16, and labels; and the reference of the search."""
    program = (
        "import fgspace, numpy\n"
        "test = fgspace.reference('dataset', 'Digits')().load(0).test\n"
        "numpy.save('product/images.npy', test.images.astype('float32'))\n"
        "numpy.save('product/labels.npy', test.labels)\n"
        "from fgspace_latency.latency import REFERENCE, REFERENCE_SHAPE as shape\n"
        "network = fgspace.build(REFERENCE, shape)\n"
        "fgspace.exporter('onnx', REFERENCE)(network, 'product/reference.onnx', shape)\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=folder, check=True)


def elsewhere(folder: Path, reference: float) -> dict[str, dict[str, float]]:
    """Run the networks in an environment that has torch and onnxruntime of this one, and not its fgspace."""
    place = folder / "elsewhere"
    venv.create(place, symlinks=True)
    python = place / "bin" / "python"
    path = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    # Files of paths inside the folder that this one names are not read, and fgspace is installed by such files.
    (Path(path.strip()) / "others.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    (folder / "product" / "run.py").write_text(ELSEWHERE, encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [python, folder / "product" / "run.py", str(reference)], env=clean, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"the networks do not run without fgspace:\n{done.stderr}")
    told: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return told


def promised(run: Path, number: str) -> tuple[float, float]:
    """Return the milliseconds that the search measured of a trial, and those of its reference."""
    rows = csv.DictReader((run / "trials.csv").read_text(encoding="utf-8").splitlines())
    row = next(row for row in rows if row["number"] == number)
    return float(row["latency_ms"]), float(row["latency_ms_reference"])


def judged(told: dict[str, dict[str, float]], trained_folder: Path, latency: float) -> int:
    """Compare accuracy and latency with what was promised; return 1 where they are not."""
    accuracy = json.loads((trained_folder / "metrics.json").read_text(encoding="utf-8"))["test_accuracy"]
    print(f"promised: accuracy {accuracy:.4f}, {latency:.4f} ms in onnxruntime")
    for name, found in told.items():
        print(f"{name:8s} accuracy {found['accuracy']:.4f}, {found['ms']:.4f} ms")
    right = all(abs(found["accuracy"] - accuracy) < 1e-6 for found in told.values())
    fast = told["onnx"]["ms"] <= SLOWER * latency
    print(f"accuracy is {'as' if right else 'NOT as'} promised; latency is {'as' if fast else 'NOT as'} promised")
    return 0 if right and fast else 1


if __name__ == "__main__":
    sys.exit(main())
