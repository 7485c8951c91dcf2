"""The layout of networks on a CPU: channels-last, but for convolutions whose gradient would corrupt memory in it."""

import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random

import fgspace
import numpy as np
import pytest
import torch
import torch.nn.functional as F
import yaml
from fgspace import Space
from fgspace.plugins.program import import_modules
from fgspace.plugins.registry import load_registry
from fgspace_vision.compressed import CompressedClassification
from fgspace_vision.datasets.digits import Digits
from fgspace_vision.evaluator import ImageClassification
from fgspace_vision.feeding import on_device
from fgspace_vision.layout import PlainConvolutions, lay_out, overruns, plain
from fgspace_vision.splits import Part, Splits
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

EXAMPLES = Path(__file__).parents[3] / "examples"
FEW = Digits(test=0.6, validation=0.8)


class Seen(TorchDispatchMode):
    """Sees every convolution and gradient of one that oneDNN may run; keeps those in channels-last that it must not."""

    def __init__(self) -> None:
        super().__init__()
        self.gradients = self.narrow = 0
        self.corrupting: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func in (torch.ops.aten.convolution.default, torch.ops.aten.convolution_backward.default):
            backward = func is torch.ops.aten.convolution_backward.default
            images, weight, stride = (*args[1:3], args[4]) if backward else (*args[:2], args[3])
            if images.is_meta or not torch.backends.mkldnn.enabled:  # processes look at a network so
                return func(*args, **(kwargs or {}))
            self.gradients += backward
            if set(weight.shape[2:]) == {1} and set(stride) != {1} and weight.shape[1] < 16:
                self.narrow += 1
                if any(one.stride() != torch.empty(one.shape, device="meta").stride() for one in (images, weight)):
                    self.corrupting.append((str(func), tuple(images.shape), tuple(weight.shape)))
        return func(*args, **(kwargs or {}))


def seen(call: Callable[[], object]) -> Seen:
    with Seen() as watching:
        call()
    return watching


def described(*parts: dict) -> dict:
    named = {f"part{index}": part for index, part in enumerate(parts)}
    return {"type": "FineGrainedSpace", "modules": list(named), **named}


@fgspace.register
class Functional(nn.Module):
    """A convolution that is no module: its weight is computed, as a quantiser would."""

    def __init__(self, in_channels: int = 4, out_channels: int = 8) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight.tanh(), stride=2)


@fgspace.register
class LastItself(nn.Module):
    """Puts channels last in memory, as ConvNeXt does around its norms."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)


@fgspace.register
class Copied(nn.Module):
    """Can be run, and cannot be copied."""

    def forward(self, x: Tensor) -> Tensor:
        return x

    def __deepcopy__(self, memo: object) -> nn.Module:
        raise RuntimeError("only one of me")


STEM = {"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}
NARROW = {"type": "Conv2d", "out_channels": 8, "kernel_size": 1, "stride": 2}
UP = {"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 1, "stride": 2, "output_padding": 1}
END = ({"type": "MaxPool2d", "kernel_size": 2}, {"type": "Flatten"}, {"type": "Linear", "out_features": 10})
FOREIGN = {
    "narrow": described(STEM, NARROW, *END),
    "transposed": described({**STEM, "out_channels": 24}, UP, *END),
    "functional": described(STEM, {"type": "Functional"}, *END),
    "channels last by itself": described(STEM, {"type": "LastItself"}, NARROW, *END),
    "functional, channels last by itself": described(STEM, {"type": "LastItself"}, {"type": "Functional"}, *END),
    "not to be copied": described(STEM, {"type": "LastItself"}, {"type": "Copied"}, NARROW, *END),
}
WIDE = described({**STEM, "out_channels": 16}, {"type": "BatchNorm2d"}, NARROW, *END)
PROCESSES = {
    "pruned": [{"type": "Prune", "ratios": 0.5, "criterion": "taylor"}],
    "quantised": [{"type": "Quant", "nbit_w_list": 4, "nbit_a_list": 4}],
    "pruned and quantised": [
        {"type": "Prune", "ratios": 0.5, "criterion": "l1"},
        {"type": "Quant", "nbit_w_list": 4, "nbit_a_list": 4, "method": "lsq"},
    ],
}


@pytest.mark.parametrize(
    ("weight", "stride", "expected"),
    [
        ((8, 4, 1, 1), (2, 2), True),
        ((8, 15, 1, 1), (2, 2), True),
        ((8, 16, 1, 1), (2, 2), False),
        ((8, 4, 1, 1), (1, 1), False),
        ((8, 4, 1, 1), (1, 2), True),
        ((8, 4, 1, 1), (3,), True),
        ((8, 4, 3, 3), (2, 2), False),
        ((8, 4, 1, 3), (2, 2), False),
        ((8, 4, 1), (2,), True),
        ((8, 1, 1, 1), (2, 2), True),
    ],
)
def test_a_convolution_overruns_by_its_kernel_its_stride_and_its_channels(weight, stride, expected):
    assert overruns(weight, stride) is expected


def conv_net(channels: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.Conv2d(channels, 8, 1, 2))


def is_last(network: nn.Module) -> bool:
    return {plain(one) is one for one in network.parameters() if one.dim() == 4} == {False}


def test_a_network_is_channels_last_where_no_convolution_of_it_overruns():
    network = conv_net(16)
    assert lay_out(network, (3, 8, 8), channels_last=True) is network
    assert is_last(network)


@pytest.mark.parametrize(("channels", "asked"), [(15, True), (16, False)])
def test_else_and_where_it_is_not_asked_for_it_is_plain_whatever_it_was(channels, asked):
    network = conv_net(channels).to(memory_format=torch.channels_last)
    assert lay_out(network, (3, 8, 8), channels_last=asked) is network
    assert all(plain(one) is one for one in network.parameters())


def test_a_convolution_that_a_trial_does_not_run_counts():
    class Sometimes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.always, self.never = nn.Conv2d(3, 16, 3), nn.Conv2d(4, 8, 1, stride=2)

        def forward(self, x):
            return self.always(x)

    network = Sometimes()
    lay_out(network, (3, 8, 8), channels_last=True)
    assert all(plain(one) is one for one in network.parameters())


@pytest.mark.parametrize("mode", [True, False], ids=["training", "evaluation"])
def test_a_convolution_that_is_no_module_and_runs_in_one_mode_alone_counts(mode):
    class InOneMode(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.weight = nn.Conv2d(3, 16, 3), nn.Parameter(torch.randn(8, 3, 1, 1))

        def forward(self, x):
            return F.conv2d(x, self.weight, stride=2) if self.training is mode else self.conv(x)

    network = InOneMode()
    lay_out(network, (3, 8, 8), channels_last=True)
    assert all(plain(one) is one for one in network.parameters())


def test_trying_a_network_changes_nothing_of_it():
    network = nn.Sequential(conv_net(16), nn.Dropout(0.5)).eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    state = torch.get_rng_state()
    lay_out(network, (3, 8, 8), channels_last=True)
    assert torch.equal(torch.get_rng_state(), state)
    assert not network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_network_in_double_precision_is_tried_in_it():
    network = conv_net(16).double()
    assert lay_out(network, (3, 8, 8), channels_last=True) is network
    assert is_last(network)


def test_a_network_that_nothing_keeps_from_it_is_refused():
    class Scripted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(4, 8, 1, stride=2)

        def forward(self, x):
            return self.conv(x.contiguous(memory_format=torch.channels_last))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        network = torch.jit.trace(Scripted(), torch.zeros(2, 4, 8, 8))
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the whole message follows
        lay_out(network, (4, 8, 8), channels_last=True)
    assert str(caught.value) == (
        "the network runs a 1×1 convolution with a stride on fewer than 16 channels, in channels-last and from code "
        "that is not Python; its gradient would corrupt memory there; call contiguous() before it"
    )


@pytest.mark.parametrize("shape", [(2, 4, 8, 8), (2, 1, 8, 8), (2, 4, 1, 1), (2, 4, 1, 8)])
def test_a_plain_tensor_has_strides_that_mean_nothing_else(shape):
    batch, channels, height, width = shape
    last = torch.randn(batch, height, width, channels).permute(0, 3, 1, 2)
    assert plain(last) is not last
    assert plain(last).stride() == torch.empty(shape).stride()
    assert torch.equal(plain(last), last)
    assert plain(plain(last).detach()).stride() == torch.empty(shape).stride()


def test_inside_plain_convolutions_the_gradient_runs_on_plain_tensors_too():
    def step():
        images = torch.randn(2, 4, 8, 8).to(memory_format=torch.channels_last)
        with PlainConvolutions():
            made = nn.Conv2d(4, 8, 1, stride=2).to(memory_format=torch.channels_last)(images)
        made.sum().backward()

    watching = seen(step)
    assert (watching.narrow, watching.gradients, watching.corrupting) == (2, 1, [])


def test_stored_images_in_channels_last_are_plain_when_a_network_sees_them():
    digits = Digits().load(0)

    def last(part: Part) -> Part:
        return Part(np.repeat(part.images, 4, 1).transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2), part.labels)

    parts = (last(part) for part in (digits.train, digits.validation, digits.test))
    data = on_device(Splits(*parts, digits.classes), "train", torch.device("cpu"))
    assert plain(data.images) is not data.images
    images = data.normalised(data.images[:8])
    assert plain(images) is images


TUNED = {"finetune_epochs": 1, "calibration_batches": 2}


def evaluated(description: dict, kind: type[ImageClassification], folder: Path) -> Seen:
    """Train, measure and test a candidate, and return what was seen."""
    options = TUNED if kind is CompressedClassification else {}
    return seen_by(kind(dataset=FEW, epochs=1, device="cpu", folder=folder, **options), description)


def seen_by(evaluate: Callable[[dict], object], description: dict) -> Seen:
    """Return what was seen while this evaluator trains, measures and tests a candidate."""

    def call() -> None:
        evaluate(description)
        evaluate.test(description)

    return seen(call)


@pytest.mark.parametrize("name", FOREIGN)
def test_no_foreign_network_runs_such_a_convolution_in_channels_last(name, tmp_path):
    watching = evaluated(FOREIGN[name], ImageClassification, tmp_path)
    assert watching.gradients > 0
    assert watching.narrow > 0
    assert watching.corrupting == []


@pytest.mark.needs("convnext", "prune", "quant", "resnet", "mobilenet", "cells", "inception", "tabular")
@pytest.mark.parametrize("name", PROCESSES)
@pytest.mark.parametrize("network", [WIDE, FOREIGN["channels last by itself"]], ids=["wide", "channels last by itself"])
def test_no_compressed_network_runs_such_a_convolution_in_channels_last(name, network, tmp_path):
    modules = {f"process{index}": process for index, process in enumerate(PROCESSES[name])}
    description = {**network, "modules": [*network["modules"], *modules], **modules}
    watching = evaluated(description, CompressedClassification, tmp_path)
    assert watching.gradients > 0
    assert watching.narrow > 0 or (network is WIDE and name == "quantised")
    assert watching.corrupting == []


def evaluator_of(file: Path) -> dict:
    return yaml.safe_load(file.read_text("utf-8"))["evaluator"]


TRAINED = [file for file in sorted(EXAMPLES.glob("*.yaml")) if evaluator_of(file)["type"] != "TabularBenchmark"]
"""The examples whose networks are trained, and not looked up in a table."""


def small_evaluator(file: Path, space: Space, folder: Path) -> Callable[[dict], object]:
    """Return an evaluator of the type that an example names, which trains shortly, on few data."""
    named = evaluator_of(file)
    short = {"dataset": FEW, "epochs": 1, "device": "cpu"}
    options = {
        "ImageClassification": short,
        "CompressedClassification": short | TUNED,
        "SuperNet": short | TUNED | {"space": space},
        "CharacterModelling": {**named, "epochs": 1, "steps": 2},
    }[named["type"]]
    kind = load_registry().get("evaluator", named["type"]).load()
    return kind(folder=folder, **{name: value for name, value in options.items() if name != "type"})


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the text that one of the examples reads."""
    made = tmp_path_factory.mktemp("examples")
    subprocess.run([sys.executable, EXAMPLES / "poems.py"], cwd=made, check=True, capture_output=True)
    return made


LONG = {"joint", "prune_ea", "quant_ea", "sanas_mobilenet"}
"""The examples that take long."""


@pytest.mark.needs(
    "convnext", "prune", "quant", "resnet", "mobilenet", "cells", "inception", "supernet", "tabular", "transformer"
)
@pytest.mark.parametrize(
    "file",
    [pytest.param(one, id=one.stem, marks=[pytest.mark.soak] if one.stem in LONG else []) for one in TRAINED],
)
def test_no_network_of_an_example_runs_such_a_convolution_in_channels_last(file, texts, tmp_path, monkeypatch):
    monkeypatch.chdir(texts)
    space = fgspace.space(file)
    evaluate = small_evaluator(file, space, tmp_path)
    for point in (space.initial, *(space.sample(Random(seed)) for seed in range(2))):
        watching = seen_by(evaluate, {**space.at(point), "evaluator": {}})
        assert (watching.gradients > 0) is (file.stem != "language_model")  # which has no convolution
        assert watching.corrupting == []


@pytest.mark.parametrize(
    "row", [{"type": "ResNetBlockSpace2", "block_mask": [1, 1], "num_class": 10}, {"type": "ConvolutionsSpace"}]
)
def test_no_network_of_an_example_in_python_runs_such_a_convolution_in_channels_last(row, tmp_path):
    import_modules([str(EXAMPLES / "custom_space.py"), str(EXAMPLES / "described_space.py")])
    space = fgspace.space(row, input_shape=(1, 8, 8))
    for seed in range(3):
        watching = evaluated(dict(space.at(space.sample(Random(seed)))), ImageClassification, tmp_path)
        assert watching.gradients > 0
        assert watching.corrupting == []


SEARCH = """\
search_space:
  type: FineGrainedSpace
  modules: [stem, norm, relu, down, pool, flatten, head]
  stem: {type: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}
  norm: {type: BatchNorm2d}
  relu: {type: ReLU}
  down: {type: Conv2d, out_channels: {choice: [8, 16, 24]}, kernel_size: 1, stride: 2}
  pool: {type: AdaptiveAvgPool2d, output_size: 2}
  flatten: {type: Flatten}
  head: {type: Linear, out_features: 10}
search_algorithm: {type: RandomSearch}
evaluator: {type: ImageClassification, dataset: {type: Digits}, epochs: 2, device: cpu}
objectives: {accuracy: max}
budget: {trials: 3}
seed: 0
"""


@pytest.mark.soak
def test_a_search_over_such_networks_ends_well_with_the_kernels_of_avx2(tmp_path):
    (tmp_path / "space.yaml").write_text(SEARCH, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "fgspace", "search", "space.yaml"],
        cwd=tmp_path,
        env=os.environ | {"OMP_NUM_THREADS": "1", "ONEDNN_MAX_CPU_ISA": "AVX2"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
