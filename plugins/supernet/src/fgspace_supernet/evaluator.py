"""SuperNet: trains one set of weights for all networks of a space, and measures each network by its part of them."""

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, get_args

from fgspace import Bank, FgspaceError, Space, digest, progress
from fgspace_vision.public import ImageClassification, Splits, check

from fgspace_supernet.folder import SharedFolder
from fgspace_supernet.sampling import Rule, Sampling

if TYPE_CHECKING:
    from torch import nn

_FINETUNING = {"type": "SGD", "lr": 0.01, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}
_OWN = ("calibration_batches", "finetune_epochs", "finetune_optimizer")
"""The options of candidates, which may be searched; all others belong to the training that candidates share."""
_NOT_IN_TRAINING = ("precision", "channels_last", "compile", "device", "devices", "strategy", "ema", "distil")


@dataclass(frozen=True, kw_only=True)
class SuperNet(ImageClassification):
    """Trains the networks of a space at once, on tensors that they share, and measures each by its part of them.

    The training is that of the first trial. A candidate costs the statistics of its batch norms, estimated anew on
    training images, and a pass over the validation part. `fgspace train` trains a network in full, from its part of
    the shared weights on.

    Metrics: accuracy (0 to 1) and loss (mean cross entropy) on the validation part. They order networks; a network that
    is trained alone is better.

    The options are those of ImageClassification, which are for the shared training (`ema`, `distil` and `devices` only
    for training in full), and these:

    Args:
        weights: the folder of the shared weights. Searches over the same space and data that name it train once.
            Without it, they are kept with the search, and gone when it ends.
        sampling: which networks are trained in a step: `uniform` draws them, `fair` trains each value of a
            hyper-parameter equally often, `sandwich` adds the largest and the smallest network.
        networks: how many networks are drawn a step; their gradients are averaged.
        learn_from_largest: in a sandwich, the other networks learn what the largest one puts out, not the labels.
        progressive: the share of the epochs in which the range of sizes opens, from the largest network to all; 0.5 is
            usual, 0 has all from the start.
        calibration_batches: how many batches of training images the statistics of a candidate are estimated on.
        finetune_epochs: passes over the training part for each candidate, before it is measured.
        finetune_optimizer: a class of torch.optim and its parameters; SGD at a rate of 0.01 where nothing is said.
        space: the space that is searched, given by the study.
    """

    weights: str | Path | None = None
    sampling: Sampling = "sandwich"
    networks: int = 2
    learn_from_largest: bool = True
    progressive: float = 0.0
    calibration_batches: int = 8
    finetune_epochs: int = 0
    finetune_optimizer: Mapping[str, Any] | None = None
    space: Space | None = None
    metrics: ClassVar[tuple[str, ...]] = ("accuracy", "loss")
    _held: dict[str, Bank] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raise ValueError for an option out of range."""
        super().__post_init__()
        kinds = get_args(Sampling)
        check("sampling", self.sampling, f"one of {', '.join(kinds)}", self.sampling in kinds)
        check("networks", self.networks, "1 or more", self.networks >= 1)
        check("progressive", self.progressive, "from 0 to 1", 0 <= self.progressive <= 1)
        check("calibration_batches", self.calibration_batches, "1 or more", self.calibration_batches >= 1)
        check("finetune_epochs", self.finetune_epochs, "0 or more", self.finetune_epochs >= 0)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the shared weights behind: another process reads them from the folder."""
        return {**self.__dict__, "_held": {}}

    def prepare(self) -> None:
        """Read the data and check the options, and that the folder of the weights holds no other training."""
        super().prepare()
        shared = self._folder
        if shared is not None and not self._is_of_one_network:
            shared.check(self._identity())

    def __call__(self, description: Mapping[str, Any], report: Callable[..., None] | None = None) -> dict[str, float]:
        """Return the metrics of a candidate, and save its weights where there is a folder.

        The first call trains the shared weights, or goes on with that; calls of other processes wait. `report` is
        called after every epoch of finetuning: the shared training says nothing of any candidate.

        Raises ValueError where the network is no classifier of these images or the training diverges.
        """
        from fgspace_vision.public import (
            PlainConvolutions,
            Reports,
            estimate,
            images,
            make_fabric,
            measure,
            save,
            seeded,
            set_up,
            train,
        )

        chosen, splits = self._chosen(description)
        fabric = make_fabric(chosen)
        network = self._part_of_shared(description).to(fabric.device)
        some = (chosen.batch_size, chosen.calibration_batches, chosen.seed)
        with PlainConvolutions():
            estimate(network, images(splits, *some, fabric.device))
        with seeded(chosen.seed, fabric.device):
            if chosen.finetune_epochs:
                tuning = chosen.finetune_optimizer or _FINETUNING
                recipe = replace(chosen, epochs=chosen.finetune_epochs, optimizer=tuning, lr_scheduler=None)
                reports = Reports(report, splits, fabric.device, self.metrics, recipe.epochs, {})
                model = train(network, splits, recipe, chosen.seed, fabric, reports.after_epoch)
            else:
                model = set_up(network, splits.input_shape, chosen, fabric)
        measured = measure(model, splits, "validation", fabric.device)
        if self.folder is not None:
            save(network, self._weights(description))
        return measured

    def initial_network(self, description: Mapping[str, Any], *, trained: bool) -> "nn.Module":
        """Return the network of a description with its part of the shared weights, where a training in full begins."""
        shared = self._folder
        if shared is None or not shared.weights.is_file():
            where = "" if shared is None else f" in {str(shared.place)!r}"
            raise FgspaceError(
                f"evaluator: there are no shared weights{where} to start from; "
                "name the folder of those of the search by weights"
            )
        return self._read(shared, self._space_of(description)).network_of(description)

    def _chosen(self, description: Mapping[str, Any]) -> tuple[Self, Splits]:
        searched = {*description.get("evaluator", {})} - {"type", *_OWN}
        changed = [name for name in searched if description["evaluator"][name] != getattr(self, name, None)]
        if changed and not self._is_of_one_network:
            raise ValueError(
                f"{sorted(changed)[0]} cannot be searched: candidates share one training; search {', '.join(_OWN)}"
            )
        return super()._chosen(description)

    @property
    def _is_of_one_network(self) -> bool:
        """Whether this evaluator trains one network in full: its space is that network."""
        return self.space is not None and self.space.size == 1

    @property
    def _folder(self) -> SharedFolder | None:
        if self.weights is not None:
            return SharedFolder(Path(self.weights).expanduser())
        return None if self.folder is None else SharedFolder(Path(self.folder) / "shared")

    def _space_of(self, description: Mapping[str, Any]) -> Space:
        """Return the space of the study; called by a program without one, that of the description alone."""
        import fgspace

        return self.space or fgspace.space(dict(description), input_shape=self.splits.input_shape)

    def _identity(self) -> dict[str, Any]:
        """Return what decides what the shared weights become."""
        left = {"dataset", "folder", "weights", "space", "preprocessing", *_OWN, *_NOT_IN_TRAINING}
        options = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in left and one.init}
        return {"space": None if self.space is None else self.space.digest, "data": self.data_digest, **options}

    def _part_of_shared(self, description: Mapping[str, Any]) -> "nn.Module":
        shared = self._shared(description)
        before = _numbers(shared)
        network = shared.network_of(description)
        if _numbers(shared) != before:
            warnings.warn("the network is larger than all that the shared weights were trained with", stacklevel=3)
            if self._folder is not None:  # so that a candidate is the same whatever was judged before
                self._held.clear()
        return network

    def _shared(self, description: Mapping[str, Any]) -> Bank:
        """Return the trained weights: those of this process, of the folder, or trained now."""
        name = digest(self.space.digest if self.space is not None else dict(description))
        if name not in self._held:
            shared = self._folder
            space = self._space_of(description)
            self._held[name] = self._trained(space, None) if shared is None else self._of_folder(space, shared)
        return self._held[name]

    def _of_folder(self, space: Space, shared: SharedFolder) -> Bank:
        identity = {**self._identity(), "space": space.digest}
        with shared.alone():
            shared.check(identity)
            if not shared.weights.is_file():
                shared.begin(identity)
                return self._trained(space, shared)
        return self._read(shared, space)

    def _read(self, shared: SharedFolder, space: Space) -> Bank:
        import torch

        bank = Bank(space, points=())
        bank.load_state_dict(torch.load(shared.weights, map_location="cpu", weights_only=True))
        return bank

    def _trained(self, space: Space, shared: SharedFolder | None) -> Bank:
        """Train the shared weights, or go on from the checkpoint of the folder; keep them there."""
        from fgspace_vision.public import read_checkpoint, write_checkpoint

        from fgspace_supernet.shared_training import SharedTraining

        progress("making the shared weights")
        saved = None if shared is None else read_checkpoint(shared.checkpoint)
        bank = Bank(space, seed=self.seed) if saved is None else Bank(space, seed=self.seed, points=())
        rule = Rule(self.sampling, self.networks, self.learn_from_largest, self.progressive, self.seed)
        training = SharedTraining(bank, self.splits, self, rule, saved and saved["training"])
        history: list[dict[str, float]] = [] if saved is None else saved["history"]
        for epoch in range(len(history) + 1, self.epochs + 1):
            progress("shared weights, epoch", epoch, of=self.epochs)
            start = time.perf_counter()
            loss = training.run_epoch(epoch)
            history = [*history, {"epoch": epoch, "loss": loss, "seconds": time.perf_counter() - start}]
            if shared is not None:
                write_checkpoint(shared.checkpoint, {"training": training.state(), "history": history})
                shared.log(history)
        for tensor in bank.parameters():
            tensor.data = tensor.data.cpu()
        if shared is not None:
            write_checkpoint(shared.weights, bank.state_dict())
            shared.checkpoint.unlink(missing_ok=True)
        return bank


def _numbers(bank: Bank) -> int:
    return sum(tensor.numel() for tensor in bank.parameters())
