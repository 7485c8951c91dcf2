"""The training loop and the measuring, on plain torch networks."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from fgspace_vision.datasets.digits import Digits
from fgspace_vision.feeding import batches, on_device
from fgspace_vision.preprocessing import moments
from fgspace_vision.recipe import Recipe
from fgspace_vision.splits import Part, Splits
from fgspace_vision.training import make_fabric, measure, seeded, train
from torch import nn

CPU = torch.device("cpu")
SGD = {"type": "SGD", "lr": 0.1}
STILL = {"type": "ConstantLR", "factor": 1.0}


@pytest.fixture(scope="module")
def digits() -> Splits:
    return Digits().load(0)


def linear(outputs: int = 10) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(64, outputs))


def convolutional() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 10)
    )


def trained(splits: Splits, network: nn.Module, **options: object) -> dict[str, float]:
    recipe = Recipe(device="cpu", **options)
    fabric = make_fabric(recipe)
    return measure(train(network, splits, recipe, 0, fabric), splits, "validation", CPU)


def seeded_network(make=convolutional, seed: int = 0) -> nn.Module:
    with seeded(seed, CPU):
        return make()


def test_a_small_network_reads_nine_digits_of_ten_after_three_epochs(digits):
    assert trained(digits, seeded_network())["accuracy"] > 0.9


@pytest.mark.parametrize("options", [{}, {"crop_padding": 1, "flip": True}, {"precision": "bf16-mixed"}])
def test_the_same_seed_trains_the_same_network(digits, options):
    first, again = seeded_network(), seeded_network()
    assert trained(digits, first, epochs=1, **options) == trained(digits, again, epochs=1, **options)
    for one, other in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_training_takes_the_steps_of_a_plain_torch_loop(digits, smoothing):
    recipe = Recipe(device="cpu", epochs=2, batch_size=50, optimizer=SGD, lr_scheduler=STILL, label_smoothing=smoothing)
    ours, plain = seeded_network(linear), seeded_network(linear)
    train(ours, digits, recipe, 7, make_fabric(recipe))

    generator, optimizer = torch.Generator().manual_seed(7), torch.optim.SGD(plain.parameters(), lr=0.1)
    data = on_device(digits, "train", CPU)
    for _ in range(2):
        for images, labels in batches(data, 50, recipe, generator):
            optimizer.zero_grad()
            F.cross_entropy(plain(images), labels, label_smoothing=smoothing).backward()
            optimizer.step()
    for one, other in zip(ours.parameters(), plain.parameters(), strict=True):
        assert torch.equal(one, other)


def test_an_epoch_shows_each_training_image_once_normalised(digits):
    recipe = Recipe(batch_size=50)
    data = on_device(digits, "train", CPU)
    shown = list(batches(data, 50, recipe, torch.Generator().manual_seed(0)))
    assert [len(labels) for _, labels in shown] == [50] * (len(digits.train) // 50)
    images = torch.cat([images for images, _ in shown])
    mean, deviation = moments(digits.train.images)
    stored = {image.tobytes() for image in digits.train.images}
    back = [image.numpy() for image in (images * deviation[0] + mean[0]).round().to(torch.uint8)]
    assert {image.tobytes() for image in back} <= stored
    assert images.mean().item() == pytest.approx(0, abs=0.02)
    assert images.std().item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_moments_are_those_of_numpy(dtype):
    images = np.random.default_rng(0).integers(0, 256, (1203, 3, 5, 4)).astype(dtype)
    images[:, 2] = 9
    mean, deviation = moments(images)
    np.testing.assert_allclose(mean, images.mean((0, 2, 3), dtype=np.float64))
    np.testing.assert_allclose(deviation[:2], images[:, :2].std((0, 2, 3), dtype=np.float64))
    assert deviation[2] == 1


def test_accuracy_and_loss_are_those_of_the_whole_part_in_evaluation_mode(digits):
    network = nn.Sequential(seeded_network(linear), nn.Dropout(0.5))
    data = on_device(digits, "test", CPU)
    logits = network.eval()(data.normalised(data.images))
    network.train()
    found = measure(network, digits, "test", CPU)
    assert found["accuracy"] == (logits.argmax(1) == data.labels).double().mean().item()
    assert found["loss"] == pytest.approx(F.cross_entropy(logits, data.labels).item(), rel=1e-6)


class Raises(nn.Module):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.weight, self.error = nn.Parameter(torch.ones(1)), error

    def forward(self, images):
        raise self.error


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory"), ZeroDivisionError("mine"), MemoryError()]
)
def test_what_a_network_raises_goes_through(digits, error):
    with pytest.raises(type(error)) as caught:
        trained(digits, Raises(error))
    assert caught.value is error


class Pair(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = linear()

    def forward(self, images):
        return self.inner(images), self.inner(images)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            linear(12),
            "the network puts out (64, 12), expected (64, 10): images and classes; end in a head with num_classes: 10",
        ),
        (
            nn.Conv2d(1, 10, 1),
            "the network puts out (64, 10, 8, 8), expected (64, 10): images and classes; "
            "end in a head with num_classes: 10",
        ),
        (Pair(), "the network puts out a tuple, expected a tensor of shape (64, 10)"),
    ],
)
def test_a_network_that_is_no_classifier_of_the_data_is_refused(digits, network, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the whole message follows
        trained(digits, network)
    assert str(caught.value) == message


def test_a_training_that_diverges_is_a_failure(digits):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the whole message follows
        trained(digits, seeded_network(linear), optimizer={"type": "SGD", "lr": 1e38}, lr_scheduler=STILL)
    assert str(caught.value) == "the training diverged, its validation loss is nan; lower the learning rate"


def test_a_batch_larger_than_the_data_is_the_data(digits):
    assert trained(digits, seeded_network(), batch_size=10_000, epochs=1)["accuracy"] > 0


def test_channels_last_changes_rounding_only(digits):
    one, other = (trained(digits, seeded_network(), channels_last=last, epochs=1) for last in (True, False))
    assert one["loss"] == pytest.approx(other["loss"], rel=1e-3)


def test_random_numbers_outside_are_left_alone(digits):
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    with seeded(0, CPU):
        trained(digits, nn.Sequential(linear(), nn.Dropout(0.1)), epochs=1)
    assert torch.equal(torch.rand(4), expected)


def test_tensors_are_made_once_and_share_the_memory_of_the_data(digits):
    data = on_device(digits, "train", CPU)
    assert on_device(digits, "train", CPU) is data
    assert data.images.data_ptr() == digits.train.images.ctypes.data


def in_floats(digits: Splits) -> Splits:
    parts = (digits.train, digits.validation, digits.test)
    return Splits(*(Part(part.images.astype(np.float32) / 10, part.labels) for part in parts), digits.classes)


def test_measuring_leaves_stored_floats_as_they_are(digits):
    floats, network = in_floats(digits), seeded_network(linear)
    before = floats.validation.images.copy()
    first = measure(network, floats, "validation", CPU)
    assert measure(network, floats, "validation", CPU) == first
    assert np.array_equal(floats.validation.images, before)


def test_floats_are_trained_on_as_bytes_are(digits):
    scaled = in_floats(digits)
    one, other = trained(digits, seeded_network(), epochs=1), trained(scaled, seeded_network(), epochs=1)
    assert one["loss"] == pytest.approx(other["loss"], rel=1e-3)
