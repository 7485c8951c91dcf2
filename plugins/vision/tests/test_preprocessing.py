"""What images go through before a network: applied in training, calibration and test alike, and recorded."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from fgspace import FgspaceError, Preprocessing
from fgspace_vision.compressed import CompressedClassification
from fgspace_vision.datasets.digits import Digits
from fgspace_vision.datasets.folder import ImageFolder
from fgspace_vision.datasets.npz import Npz
from fgspace_vision.evaluator import ImageClassification
from fgspace_vision.feeding import on_device
from fgspace_vision.preprocessing import moments, recoloured, resized
from fgspace_vision.splits import Part, Splits
from PIL import Image
from torch import nn

CPU = torch.device("cpu")
HEAD = {
    "type": "FineGrainedSpace",
    "modules": ["flatten", "head"],
    "flatten": {"type": "Flatten"},
    "head": {"type": "Linear", "out_features": 10},
}


def evaluator(**options: object) -> ImageClassification:
    return ImageClassification(device="cpu", epochs=1, **options)


def test_by_default_the_numbers_are_those_of_the_training_part_and_are_recorded():
    digits = Digits().load(0)
    mean, deviation = moments(digits.train.images)
    expected = evaluator().expects(HEAD)
    assert expected.preprocessing == Preprocessing(
        size=(8, 8), channels="grey", scale=1.0, mean=tuple(mean), deviation=tuple(deviation)
    )
    assert expected.classes == tuple("0123456789")


def test_what_is_recorded_trains_the_same_network_again():
    recorded = evaluator().expects(HEAD).preprocessing.plain()
    again = evaluator(preprocessing=recorded)
    assert again.expects(HEAD) == evaluator().expects(HEAD)
    assert timeless(again(HEAD)) == timeless(evaluator()(HEAD))


def timeless(metrics: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if name != "train_seconds"}


def test_the_network_gets_the_numbers_that_are_given():
    asked = {"scale": "1/16", "mean": 0.5, "deviation": [0.25]}
    splits = evaluator(preprocessing=asked)._splits()
    for part in ("train", "validation", "test"):
        data = on_device(splits, part, CPU)
        shown = data.normalised(data.images)
        assert torch.allclose(shown, (data.images.float() / 16 - 0.5) / 0.25)


def test_the_data_set_may_say_it_and_both_may_not_differ():
    by_data = evaluator(dataset={"type": "Digits", "preprocessing": {"scale": "1/16"}})
    by_evaluator = evaluator(preprocessing={"scale": "1/16"})
    assert by_data.expects(HEAD) == by_evaluator.expects(HEAD)
    with pytest.raises(ValueError, match=r"^preprocessing: the data set has another one; leave one of them out$"):
        evaluator(dataset=Digits(preprocessing="none"), preprocessing={"scale": 2})


def test_size_crop_and_channels_change_the_images_and_their_shape():
    asked = {"size": 12, "crop": [8, 10], "channels": "RGB"}
    changed = evaluator(preprocessing=asked)
    assert changed.input_shape == (3, 8, 10)
    image = changed._splits().train.images[0]
    stored = Image.fromarray(Digits().load(0).train.images[0, 0]).resize((12, 12), Image.Resampling.BICUBIC)
    assert np.array_equal(image, np.repeat(np.asarray(stored)[None, 2:10, 1:11], 3, 0))
    expected = changed.expects(HEAD).preprocessing
    assert (expected.size, expected.crop, expected.channels) == (12, (8, 10), "RGB")


def test_colours_are_made_grey_as_pillow_does_it_and_turned_round():
    image = np.random.default_rng(0).integers(0, 256, (3, 5, 7), dtype=np.uint8)
    grey = np.asarray(Image.fromarray(image.transpose(1, 2, 0)).convert("L"))
    assert np.array_equal(recoloured(image, "grey"), grey[None])
    assert np.array_equal(recoloured(image, "BGR"), image[::-1])
    assert np.array_equal(recoloured(image, "RGB"), image)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (
            lambda: resized(np.zeros((1, 8, 8), np.uint8), Preprocessing(crop=9)),
            "preprocessing.crop: is 9x9, but an image is 8x8; give size: 9, or a smaller crop",
        ),
        (
            lambda: recoloured(np.zeros((4, 8, 8), np.uint8), "grey"),
            "preprocessing.channels: is grey, but an image has 4 channels; leave it out",
        ),
        (
            lambda: evaluator(preprocessing={"mean": [1, 2]}).prepare(),
            "evaluator: preprocessing.mean: holds 2 numbers, but an image has 1 channel",
        ),
        (
            lambda: ImageFolder(".", resize=8, preprocessing={"size": 8}).load(0),
            "ImageFolder: resize and preprocessing.size say the same; leave one of them out",
        ),
    ],
)
def test_what_cannot_be_is_said(act, said):
    with pytest.raises(FgspaceError) as caught:
        act()
    assert str(caught.value) == said


def write_images(folder: Path, sizes: list[tuple[int, int]]) -> None:
    rng = np.random.default_rng(0)
    for label in ("cat", "dog"):
        (folder / label).mkdir(parents=True)
        for number, (height, width) in enumerate(sizes):
            pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{number}.png")


def test_a_folder_of_images_of_several_sizes_is_read_in_the_size_that_the_evaluator_asks_for(tmp_path):
    write_images(tmp_path, [(10, 12), (20, 9), (8, 8), (11, 11), (16, 9)])
    dataset = ImageFolder(str(tmp_path), validation=0.2, test=0.2)
    asked = evaluator(dataset=dataset, preprocessing={"size": 8, "crop": 8, "channels": "grey"})
    assert asked.input_shape == (1, 8, 8)
    expected = asked.expects(HEAD)
    assert (expected.preprocessing.size, expected.preprocessing.crop) == (8, (8, 8))
    assert expected.classes == ("cat", "dog")


def test_a_folder_that_is_resized_says_so(tmp_path):
    write_images(tmp_path, [(10, 12)] * 5)
    dataset = ImageFolder(str(tmp_path), resize=6, validation=0.2, test=0.2)
    expected = evaluator(dataset=dataset).expects(HEAD).preprocessing
    assert (expected.size, expected.crop, expected.channels) == (6, (6, 6), "RGB")


@dataclass(frozen=True, eq=False)
class Given:
    """A data set of somebody else, which knows nothing of preprocessing."""

    splits: Splits

    def load(self, seed: int) -> Splits:
        return self.splits


def test_data_sets_of_others_are_preprocessed_too():
    digits = Digits().load(0)
    parts = (
        Part(part.images.astype(np.float32), part.labels) for part in (digits.train, digits.validation, digits.test)
    )
    splits = evaluator(dataset=Given(Splits(*parts, digits.classes)), preprocessing={"size": [4, 4]})._splits()
    assert splits.train.images.shape[1:] == (1, 4, 4)
    assert splits.train.images.dtype == np.float32


def trained_on_unit_pixels(file: Path) -> tuple[Path, float]:
    """Train a linear classifier on pixels divided by 255 in plain torch; return its file and validation accuracy."""
    digits = Digits().load(0)
    given = {"x_train": digits.train.images * 15, "y_train": digits.train.labels}
    held = {"x_test": digits.test.images * 15, "y_test": digits.test.labels}
    np.savez(file.with_suffix(".npz"), **given, **held)
    splits = Npz(str(file.with_suffix(".npz"))).load(0)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    images, labels = torch.from_numpy(splits.train.images) / 255, torch.from_numpy(splits.train.labels)
    optimizer = torch.optim.Adam(network.parameters(), 0.05)
    for _ in range(100):
        optimizer.zero_grad()
        F.cross_entropy(network(images), labels).backward()
        optimizer.step()
    torch.save({"head.weight": network[1].weight.detach(), "head.bias": network[1].bias.detach()}, file)
    logits = network(torch.from_numpy(splits.validation.images) / 255)
    return file, (logits.argmax(1).numpy() == splits.validation.labels).mean()


def test_weights_trained_on_pixels_divided_by_255_are_judged_on_such_where_the_file_says_so(tmp_path):
    file, accuracy = trained_on_unit_pixels(tmp_path / "mine.pth")
    options = {"device": "cpu", "weights": str(file), "dataset": Npz(str(file.with_suffix(".npz")))}
    said = CompressedClassification(**options, preprocessing={"scale": "1/255"})(HEAD)
    assert said["accuracy"] == said["full_accuracy"] == pytest.approx(accuracy, abs=1e-9)
    assert accuracy > 0.9
    assert CompressedClassification(**options)(HEAD)["accuracy"] < accuracy - 0.02
