"""Images that stay on the disk: trained on as from memory, cached in a fixed size, in memory that does not grow."""

import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fgspace import FgspaceError
from fgspace_vision.compressed import CompressedClassification
from fgspace_vision.datasets.folder import ImageFolder
from fgspace_vision.datasets.stored import Stored
from fgspace_vision.evaluator import ImageClassification
from PIL import Image

NETWORK = {
    "type": "FineGrainedSpace",
    "modules": ["conv", "relu", "pool", "flatten", "head"],
    "conv": {"type": "Conv2d", "out_channels": 4, "kernel_size": 3},
    "relu": {"type": "ReLU"},
    "pool": {"type": "AdaptiveAvgPool2d", "output_size": 2},
    "flatten": {"type": "Flatten"},
    "head": {"type": "Linear", "out_features": 2},
}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("FGSPACE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "images"


@pytest.fixture
def folder(tmp_path) -> Path:
    rng = np.random.default_rng(0)
    for index, label in enumerate(("dark", "light")):
        (tmp_path / "data" / label).mkdir(parents=True)
        for number in range(60):
            pixels = rng.integers(100 * index, 100 * index + 150, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "data" / label / f"{number}.png")
    return tmp_path / "data"


def timeless(metrics: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if name != "train_seconds"}


def evaluator(dataset: ImageFolder, kind=ImageClassification, **options: object) -> ImageClassification:
    return kind(dataset=dataset, device="cpu", epochs=2, batch_size=16, crop_padding=1, flip=True, **options)


@pytest.mark.parametrize("most", [10**9, 50 * 192, 0])
def test_training_from_the_disk_is_training_from_memory_whatever_fits_into_the_cache(folder, cache, most):
    held, stored = ImageFolder(str(folder)), ImageFolder(str(folder), memory=0, cache=most)
    assert isinstance(stored.load(0).train.images, Stored)
    one, other = evaluator(held), evaluator(stored)
    assert other.data_digest == one.data_digest
    assert other.expects(NETWORK) == one.expects(NETWORK)
    assert timeless(other(NETWORK)) == timeless(one(NETWORK))
    assert sum(file.stat().st_size for file in cache.glob("*.pixels")) == min(most, 120 * 192)


def test_a_network_is_calibrated_from_the_disk_too(folder):
    found = [
        evaluator(dataset, CompressedClassification, calibration_batches=2)(NETWORK)
        for dataset in (ImageFolder(str(folder)), ImageFolder(str(folder), memory=0))
    ]
    assert found[0] == found[1]


def test_a_zip_is_read_from_the_disk_too(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as packed:
        for file in sorted(folder.rglob("*.png")):
            packed.write(file, file.relative_to(folder))
    stored = ImageFolder(str(tmp_path / "data.zip"), memory=0, cache=0).load(0)
    held = ImageFolder(str(folder)).load(0)
    assert np.array_equal(stored.validation.images[:], held.validation.images)
    assert np.array_equal(stored.train.images[np.array([5, 3])], held.train.images[[5, 3]])


def test_what_is_in_the_cache_is_not_decoded_again_until_a_file_changes(folder):
    dataset = ImageFolder(str(folder), memory=0)
    before = dataset.load(0).train.images[:]
    first = folder / "dark" / "1.png"  # 0.png is looked at for its size
    status = first.stat()
    first.write_bytes(bytes(status.st_size))  # no image any more, but of the same size and time
    os.utime(first, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert np.array_equal(replace(dataset).load(0).train.images[:], before)
    first.write_bytes(bytes(status.st_size))
    os.utime(first)
    with pytest.raises(FgspaceError) as caught:
        dataset.load(0)
    assert str(caught.value) == (
        "ImageFolder: 'dark/1.png' is truncated or damaged (no image of a known format); fetch it again"
    )


def test_the_caches_of_others_make_room_where_they_were_used_longest_ago(folder, cache):
    cache.mkdir(parents=True)
    for age, name in enumerate(("new", "old")):
        (cache / f"{name}.pixels").write_bytes(bytes(12_000))
        (cache / f"{name}.marks").write_bytes(b"")
        os.utime(cache / f"{name}.pixels", (1000 - age, 1000 - age))
    ImageFolder(str(folder), memory=0, cache=120 * 192 + 15_000).load(0)
    assert sorted(file.name for file in cache.glob("*.pixels") if file.stat().st_size == 12_000) == ["new.pixels"]


PROGRAM = """
import resource, sys
from fgspace_vision.datasets.folder import ImageFolder
from fgspace_vision.evaluator import ImageClassification
made = ImageClassification(dataset=ImageFolder(sys.argv[1], memory=int(sys.argv[2])), device="cpu", epochs=1)
import torch, lightning_fabric
made.prepare()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.soak
def test_memory_does_not_grow_with_the_images(tmp_path):
    """96 MB of pixels in 500 files: held, they add at least that; from the disk, less than a third of it."""
    for label in ("a", "b"):
        (tmp_path / "many" / label).mkdir(parents=True)
        for number in range(250):
            Image.new("RGB", (256, 250), (number, 0, 0)).save(tmp_path / "many" / label / f"{number}.png")

    def peak(memory: int) -> int:
        command = [sys.executable, "-c", PROGRAM, str(tmp_path / "many"), str(memory)]
        return 1024 * int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert peak(10**9) - peak(0) > 64_000_000
