"""Compressed image classification: trains a network once, then judges what processes make of it."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from fgspace import compress, digest, split_processes, untrained

from fgspace_vision.evaluator import ImageClassification
from fgspace_vision.given_weights import OPTIONS, GivenWeights
from fgspace_vision.networks import build, restore, save
from fgspace_vision.recipe import check
from fgspace_vision.splits import Splits

if TYPE_CHECKING:
    from torch import nn

RECOVERY = {"type": "SGD", "lr": 0.01, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}


@dataclass(frozen=True, kw_only=True)
class CompressedClassification(ImageClassification):
    """Trains the network without its processes, once, and measures what the processes make of the trained network.

    Candidates are not trained: after each process the statistics of batch norms are estimated anew on training images,
    and a process that needs the ranges of activations is calibrated on them. The first process finds the gradients of
    the loss on these images, for a criterion such as "taylor". Candidates that differ only in their processes share one
    trained network; each other architecture is trained when it is first met.

    Metrics: accuracy (0 to 1) and loss of the candidate, and full_accuracy of the network without its processes, all
    on the validation part.

    The options are those of ImageClassification, which are for the training of the network, and these:

    Args:
        weights: a file with the weights of the network without its processes, as `torch.save(model.state_dict(), file)`
            writes them; then nothing is trained. The file that the first process reads (`init_model_file`) stands for
            it. If each parameter of the network is in the `weights` of its parts, nothing is trained either. Else the
            weights are kept in `folder`, under trained/.
        strict: whether weights that do not match are errors. Where it is not given, a file that lacks more than a tenth
            of the weights, or half of a layer, is an error, and false says that this is wanted.
        calibration_batches: how many batches of training images, of `batch_size`, candidates are calibrated on.
        finetune_epochs: passes over the training part for each candidate, after it is calibrated.
        finetune_optimizer: a class of torch.optim and its parameters; SGD at a rate of 0.01 where nothing is said.
    """

    weights: str | None = None
    strict: bool | None = None
    calibration_batches: int = 8
    finetune_epochs: int = 0
    finetune_optimizer: Mapping[str, Any] | None = None
    metrics: ClassVar[tuple[str, ...]] = ("accuracy", "loss", "full_accuracy")
    _known: dict[str, tuple[Any, float]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raise ValueError for an option out of range."""
        super().__post_init__()
        check("calibration_batches", self.calibration_batches, "1 or more", self.calibration_batches >= 1)
        check("finetune_epochs", self.finetune_epochs, "0 or more", self.finetune_epochs >= 0)

    def check_network(self, description: Mapping[str, Any], input_shape: tuple[int, ...]) -> None:
        """Raise ValueError where weights are given, and are not those of this network without its processes."""
        network, processes = split_processes(description)
        given = GivenWeights.of(self.weights, self.strict, processes)
        if given is not None:
            given.load(build(network, input_shape, init=False))

    def __getstate__(self) -> dict[str, Any]:
        """Leave what was trained behind: another process reads it from the folder."""
        return {**self.__dict__, "_known": {}}

    def __call__(self, description: Mapping[str, Any], report: Callable[..., None] | None = None) -> dict[str, float]:
        """Return the metrics of a candidate, and save its weights where there is a folder.

        `report` is called after every epoch of finetuning: the training of the network that candidates share says
        nothing of any of them.

        Raises ValueError where a process cannot be applied, or the network is no classifier of these images.
        """
        from fgspace_vision import training
        from fgspace_vision.reports import Reports

        chosen, splits = self._chosen(description)
        trained, full_accuracy = self._trained(description, chosen, splits)
        fabric, epochs = training.make_fabric(chosen), chosen.finetune_epochs
        with training.seeded(chosen.seed, fabric.device):
            model = chosen.compressed(_copied(trained), description, splits, fabric.device)
            if epochs:
                recipe = replace(chosen, epochs=epochs, optimizer=chosen.recovery)
                known = {"full_accuracy": full_accuracy}
                reports = Reports(report, splits, fabric.device, self.metrics, epochs, known)
                ran = training.train(model, splits, recipe, chosen.seed, fabric, reports.after_epoch)
            else:
                ran = training.set_up(model, splits.input_shape, chosen, fabric)
        measured = training.measure(ran, splits, "validation", fabric.device)
        if self.folder is not None:
            save(model, self._weights(description))
        return {**measured, "full_accuracy": full_accuracy}

    def test(self, description: Mapping[str, Any]) -> dict[str, float]:
        """Return test_accuracy and test_loss of a candidate that was kept, by its saved weights."""
        import torch

        from fgspace_vision import training

        chosen, splits = self._chosen(description)
        fabric = training.make_fabric(chosen)
        network, processes = split_processes(description)
        model = build(network, splits.input_shape, init=True)
        for process in processes.values():
            for parameter in model.parameters():  # a criterion may ask for gradients; only shapes matter here
                parameter.grad = torch.zeros_like(parameter)
            model = compress(model, without_file(process), splits.input_shape)
        restore(model, self._weights(description))
        ran = training.set_up(model, splits.input_shape, chosen, fabric)
        measured = training.measure(ran, splits, "test", fabric.device)
        return {f"test_{name}": value for name, value in measured.items()}

    def train(
        self, description: Mapping[str, Any], *, folder: Path, report: Callable[..., None] | None = None
    ) -> dict[str, float]:
        """Train a candidate in full: the network without its processes, unless its weights are given; then finetune it.

        As `ImageClassification.train`.
        """
        from fgspace_vision.finals import launched, train_compressed

        chosen, _ = self._chosen(description)
        return launched(chosen, train_compressed, description, Path(folder), report)

    @property
    def recovery(self) -> Mapping[str, Any]:
        """The optimiser of the finetuning."""
        return self.finetune_optimizer or RECOVERY

    def compressed(self, model: "nn.Module", description: Mapping[str, Any], splits: Splits, device: Any) -> Any:
        """Apply the processes of a description one by one, the model adapted to its images after each."""
        from fgspace_vision import calibration

        images = calibration.images(splits, self.batch_size, self.calibration_batches, self.seed, device)
        for process in split_processes(description)[1].values():
            model = compress(model, without_file(process), splits.input_shape).to(device)
            calibration.adapt(model, images)
        model.zero_grad()
        return model

    def _trained(self, description: Mapping[str, Any], chosen: Self, splits: Splits) -> tuple["nn.Module", float]:
        """Return the trained network without its processes, with gradients, and its validation accuracy."""
        from fgspace_vision import calibration, training

        network, processes = split_processes(description)
        given = GivenWeights.of(chosen.weights, chosen.strict, processes)
        name = digest([network, given and asdict(given)])
        if name not in self._known:
            fabric = training.make_fabric(chosen)
            if given is None and untrained(network, splits.input_shape):
                model, ran = self._trained_or_restored(network, chosen, splits, fabric)
            else:
                with training.seeded(chosen.seed, fabric.device):  # a few weights may not be in the file
                    model = build(network, splits.input_shape, init=True)
                if given is not None:
                    given.load(model)
                ran = training.set_up(model, splits.input_shape, chosen, fabric)
            accuracy = training.measure(ran, splits, "validation", fabric.device)["accuracy"]
            some = (self.batch_size, self.calibration_batches, self.seed)
            calibration.differentiate(model, splits, *some, fabric.device)
            self._known[name] = model, accuracy
        return self._known[name]

    def _trained_or_restored(
        self, network: Mapping[str, Any], chosen: Self, splits: Splits, fabric: Any
    ) -> tuple["nn.Module", Any]:
        """Return the network, as it was trained by an earlier search or is trained now, and what runs it."""
        from fgspace_vision import training

        on_cpu = fabric.device.type == "cpu"
        file = None if self.folder is None else Path(self.folder) / "trained" / f"{digest(network)}.pt"
        if file is not None and file.is_file():
            model = build(network, splits.input_shape, init=False, trained=on_cpu)
            restore(model, file)
            return model, training.set_up(model, splits.input_shape, chosen, fabric)
        with training.seeded(chosen.seed, fabric.device):
            model = build(network, splits.input_shape, init=True, trained=on_cpu)
            ran = training.train(model, splits, chosen, chosen.seed, fabric)
        if file is not None:
            save(model, file)
        return model, ran


def _copied(model: "nn.Module") -> "nn.Module":
    """Return a copy of a model, its gradients with it, which a plain copy leaves out."""
    made = copy.deepcopy(model)
    for parameter, original in zip(made.parameters(), model.parameters(), strict=True):
        parameter.grad = original.grad
    return made


def without_file(process: Mapping[str, Any]) -> dict[str, Any]:
    """Return a process that reads no weights: the network that it is given is trained."""
    return {name: value for name, value in process.items() if name not in OPTIONS}
