"""Image classification: trains a candidate on the training part and measures it on the validation part."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from fgspace import DatasetRef, Expected, FgspaceError, Preprocessing, Reference

from fgspace_vision.datasets.digits import Digits
from fgspace_vision.distilling import Distillation
from fgspace_vision.networks import build, restore, save
from fgspace_vision.preprocessing import Preprocessed, Written, agreed, load_prepared, recorded, shape_after
from fgspace_vision.recipe import Recipe, check
from fgspace_vision.splits import Splits

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class ImageClassification(Recipe):
    """Trains networks that map (N, C, H, W) to (N, classes), and measures them on images held out from training.

    Metrics: accuracy (0 to 1) and loss (mean cross entropy) on the validation part, weight_bytes (of the parameters as
    they are held), train_seconds. The same seed and description give the same metrics on a CPU, whatever was trained
    before; another number of threads may round differently.

    Every option can be searched: what stands under `evaluator` in a description stands over these.

    Args:
        epochs: passes over the training part.
        batch_size: images a step; what a pass leaves over is not used.
        optimizer: a class of torch.optim and its parameters, `{type: Adam, lr: 0.001}`; SGD at a rate of 0.1 with
            Nesterov momentum 0.9 and weight decay 5e-4 where nothing is said.
        lr_scheduler: a class of torch.optim.lr_scheduler and its parameters; OneCycleLR where nothing is said. A length
            left out is that of the training. `step: batch` or `step: epoch` says when it is stepped: each batch where
            the length was left out, else each epoch.
        label_smoothing: the share of the target that is spread over all classes (arXiv:1512.00567).
        crop_padding: random crops out of the image, padded by so many black pixels on each side; 4 is usual at 32×32.
        flip: mirror half of the images.
        mixup: mix the images of a batch two by two, in shares from Beta(mixup, mixup); 0.2 is usual (arXiv:1710.09412).
        cutmix: paste a rectangle of one image into another, its area from Beta(cutmix, cutmix); 1 is usual
            (arXiv:1905.04899). With mixup, each batch is mixed by one of the two.
        repeated_augmentation: how often an image is in its batch, cropped and flipped differently; 3 is usual
            (arXiv:1901.09335). An epoch keeps its length.
        ema: measure and keep a moving average of the weights, with this decay a step; 0.999 is usual.
        distil: learn from a trained network too: `{from: FILE, temperature: 4, weight: 0.5}`, FILE its description.yaml
            with weights.pt beside it (arXiv:1503.02531). `fgspace train` also takes the number of a trial, and
            `largest`.
        precision: of Lightning Fabric; `auto` is bf16-mixed on CUDA and 32-true elsewhere.
        channels_last: the memory layout that convolutions are faster in, on CPUs too; `false` for a network that calls
            `view` where it needs `reshape`. Not used on MPS, nor on CPUs where a network has a 1×1 convolution with a
            stride on fewer than 16 channels, whose gradient may corrupt memory in it.
        compile: use torch.compile, on CUDA only: it pays where training is long.
        device: `auto` is the first accelerator there is, else the CPU.
        devices: how many devices share a training of `fgspace train`; a batch is divided among them.
        strategy: how they share it: `ddp`, which `auto` is where there are several.
        dataset: the images; Digits where nothing is said. Read once a process.
        preprocessing: what images go through before the network: `standardise`, by mean and deviation of the training
            part, which is used where nothing is said; `none`, the pixels as they are; or a mapping of `size`, `crop`,
            `channels`, `interpolation`, `scale`, `mean` and `deviation`. A data set may say it, too.
        seed: cuts the parts, initialises the weights, and draws the order and the augmentation of the images.
        folder: where the weights of candidates are saved, as DIGEST.pt; nothing is saved where it is left out.
    """

    dataset: DatasetRef = None
    preprocessing: Written = None
    seed: int = 0
    folder: str | Path | None = None
    metrics: ClassVar[tuple[str, ...]] = ("accuracy", "loss", "weight_bytes", "train_seconds")

    def __post_init__(self) -> None:
        """Make the data set that was given as a reference or a mapping, without reading it."""
        super().__post_init__()
        if self.distil is not None:
            Distillation.of(self.distil)
        check("seed", self.seed, "0 or more", self.seed >= 0)
        object.__setattr__(self, "dataset", _made(self.dataset))
        if self.preprocessing is not None:
            object.__setattr__(self, "preprocessing", Preprocessing.of(self.preprocessing))
        agreed(self.preprocessing, self.dataset)

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image; images are read only where the options of the data set leave it open."""
        known = getattr(self.dataset, "input_shape", None)
        return shape_after(known, self._asked) if known else self._splits().input_shape

    @property
    def data_digest(self) -> str:
        """A short name of the images, their labels and their parts: equal where all of these are; reads the data."""
        return self._splits().digest

    def check_options(self) -> None:
        """Raise ValueError where torch does not take the optimiser or the scheduler."""
        from fgspace_vision.optimisers import check_options

        check_options(self.optimizer, self.lr_scheduler)

    def prepare(self) -> None:
        """Read the data and check optimiser and scheduler; raises FgspaceError before any trial is lost to them."""
        try:
            recorded(self._splits())
            self.check_options()
        except ValueError as error:
            raise FgspaceError(f"evaluator: {error}") from error

    def check_output(self, shape: tuple[int, ...], option: str | None = None) -> None:
        """Raise ValueError where a network that puts this out for an image is no classifier of these images.

        `option` is the name of the option that sets the width of the output.
        """
        classes = len(self._splits().classes)
        if shape != (classes,):
            what = " and ".join(map(str, shape)) if shape and isinstance(shape[0], tuple) else "×".join(map(str, shape))
            head = f"end in a head that puts out {classes}, such as {{type: Linear, out_features: {classes}}}"
            is_width = option is not None and len(shape) == 1 and isinstance(shape[0], int)
            cure = f"write {option}: {classes}" if is_width else head
            raise ValueError(f"puts out {what or 'one number'}, but there are {classes} classes of images; {cure}")

    def __call__(self, description: Mapping[str, Any], report: Callable[..., None] | None = None) -> dict[str, float]:
        """Train the network of a description, save its weights where there is a folder, and return the metrics.

        `report` is called after every epoch with the metrics so far; what it raises ends the training. A network that
        is trained to its end is the same with it and without, bit for bit on a CPU. Measuring after every epoch takes
        time, which train_seconds leaves out.

        Raises ValueError where the network is no classifier of these images or its training diverges; what the network
        itself raises, out of memory included, goes through.
        """
        from fgspace_vision import training
        from fgspace_vision.reports import Reports

        chosen, splits = self._chosen(description)
        fabric = training.make_fabric(chosen)
        with training.seeded(chosen.seed, fabric.device):
            network = self.initial_network(description, trained=fabric.device.type == "cpu")
            size = sum(parameter.numel() * parameter.element_size() for parameter in network.parameters())
            reports = Reports(report, splits, fabric.device, self.metrics, chosen.epochs, {"weight_bytes": size})
            model = training.train(network, splits, chosen, chosen.seed, fabric, reports.after_epoch)
            seconds = reports.seconds
        measured = training.measure(model, splits, "validation", fabric.device)
        if self.folder is not None:
            save(network, self._weights(description))
        return {**measured, "weight_bytes": size, "train_seconds": seconds}

    def initial_network(self, description: Mapping[str, Any], *, trained: bool) -> "nn.Module":
        """Return the network of a description as its training begins; `trained` if gradients must fit in memory."""
        return build(description, self.splits.input_shape, init=True, trained=trained)

    def test(self, description: Mapping[str, Any]) -> dict[str, float]:
        """Return test_accuracy and test_loss of a candidate that was kept, by its saved weights.

        Raises FgspaceError where they are not there, or are another network's.
        """
        from fgspace_vision import training

        chosen, splits = self._chosen(description)
        fabric = training.make_fabric(chosen)
        network = build(description, splits.input_shape, init=False)
        restore(network, self._weights(description))
        model = training.set_up(network, splits.input_shape, chosen, fabric)
        measured = training.measure(model, splits, "test", fabric.device)
        return {f"test_{name}": value for name, value in measured.items()}

    def expects(self, description: Mapping[str, Any]) -> Expected:
        """Return what the network of a description expects of its input, and the names of the classes."""
        _, splits = self._chosen(description)
        return Expected(recorded(splits), tuple(map(str, splits.classes)))

    @property
    def _asked(self) -> Preprocessing:
        return agreed(self.preprocessing, self.dataset)

    def examples(self, count: int) -> Any:
        """Return that many images of the validation part, as networks get them."""
        import torch

        from fgspace_vision.feeding import on_device

        part = on_device(self._splits(), "validation", torch.device("cpu"))
        images, _ = next(part.in_order(count))
        return part.normalised(images)

    def train(
        self, description: Mapping[str, Any], *, folder: Path, report: Callable[..., None] | None = None
    ) -> dict[str, float]:
        """Train the network of a description in full; leave weights.pt in the folder, and return the metrics.

        It is that of the best epoch by validation accuracy. Metrics are those of a trial, best_epoch, and test_accuracy
        and test_loss, measured once. A training that was ended goes on from its last epoch, and comes to the same
        weights, bit for bit on a CPU with the same number of threads.
        """
        from fgspace_vision.finals import launched, train_plain

        chosen, _ = self._chosen(description)
        return launched(chosen, train_plain, description, Path(folder), report)

    @property
    def splits(self) -> Splits:
        """The images, read once in this process."""
        return self._splits()

    def _splits(self) -> Splits:
        return load_prepared(_with(self.dataset, self._asked), self.seed, self._asked)

    def _chosen(self, description: Mapping[str, Any]) -> tuple[Self, Splits]:
        """Return this evaluator with the options of a description over its own, and its data."""
        options = {name: value for name, value in description.get("evaluator", {}).items() if name != "type"}
        chosen = replace(self, **options)
        return chosen, chosen._splits()

    def _weights(self, description: Mapping[str, Any]) -> Path:
        from fgspace import digest

        if self.folder is None:
            raise FgspaceError("evaluator: no weights were saved, for it was made without a folder; give it one")
        return Path(self.folder) / f"{digest(description)}.pt"


def _with(dataset: Any, asked: Preprocessing) -> Any:
    """Return a data set that changes size and channels while it reads, if it can do that and is asked for it."""
    if asked.is_given_pixels or not isinstance(dataset, Preprocessed):
        return dataset
    return replace(dataset, preprocessing=asked)


def _made(dataset: Any) -> Any:
    if dataset is None:
        return Digits()
    if isinstance(dataset, Mapping):
        from fgspace import reference

        dataset = reference("dataset", dataset)
    return dataset() if isinstance(dataset, Reference | type) else dataset
