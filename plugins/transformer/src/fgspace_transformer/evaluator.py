"""Trains language models on the characters of text files, and measures how well they tell the next one."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import fgspace
from fgspace import FgspaceError

from fgspace_transformer.text import characters, read, tokens


@dataclass(frozen=True, kw_only=True)
class CharacterModelling:
    """Trains networks that map characters (N, context) to logits of the next ones, (N, context, characters).

    Metrics: bits_per_character (mean cross entropy, in bits) and accuracy (0 to 1) on the validation part, and
    train_seconds. The last tenth of the text is for `fgspace search --test`, the one before it for validation. Equal
    seeds give equal metrics on a CPU. Every option but `files`, `context` and `folder` can be searched.

    Args:
        files: text in UTF-8, read one after the other. A relative path begins in the folder that you search from.
        context: the number of characters that a network sees.
        epochs: how often the network is measured; early stopping may end a training after each.
        steps: the steps of the optimiser in an epoch.
        batch_size: pieces of the text a step.
        learning_rate: that of AdamW at first; it falls to zero as a cosine.
        weight_decay: of AdamW.
        seed: initialises the weights, and draws the pieces.
        folder: where the weights of candidates are saved, as DIGEST.pt; nothing is saved where it is left out.
    """

    files: list[str]
    context: int = 64
    epochs: int = 4
    steps: int = 50
    batch_size: int = 32
    learning_rate: float = 0.003
    weight_decay: float = 0.01
    seed: int = 0
    folder: str | Path | None = None
    metrics: ClassVar[tuple[str, ...]] = ("bits_per_character", "accuracy", "train_seconds")

    def __post_init__(self) -> None:
        """Check the options, whatever the text is."""
        if not self.files:
            raise ValueError("files: expected at least one file, got none")
        for name in ("context", "epochs", "steps", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)!r}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be above 0, got {self.learning_rate!r}")

    @property
    def input_shape(self) -> dict[str, Any]:
        """The input of a network: integers, one for each character; reads the files."""
        return {"shape": [self.context], "dtype": "int64", "below": len(characters(read(self.files)))}

    @property
    def data_digest(self) -> str:
        """16 hexadecimal digits, equal where the texts are equal; reads the files."""
        return hashlib.sha256(read(self.files).encode()).hexdigest()[:16]

    def prepare(self) -> None:
        """Read the files; raises FgspaceError where they cannot be read, or are too short."""
        length, needed = len(read(self.files)), 10 * (self.context + 1)
        if length < needed:
            cure = f"give at least {needed:,} for a context of {self.context}, or a smaller context"
            raise FgspaceError(f"evaluator: files: {length:,} characters are too few; {cure}")

    def check_output(self, shape: tuple[int, ...], option: str | None = None) -> None:
        """Raise ValueError where a network that puts this out does not tell the next of these characters."""
        wanted = (self.context, len(characters(read(self.files))))
        if shape != wanted:
            cure = f"write {option}: {wanted[1]}" if option and shape[:-1] == wanted[:1] else f"let it put out {wanted}"
            raise ValueError(f"puts out {shape}, but the text has {wanted[1]} different characters; {cure}")

    def __call__(self, description: Mapping[str, Any], report: Callable[..., None] | None = None) -> dict[str, float]:
        """Train the network of a description, save its weights where there is a folder, and return the metrics.

        `report` is called after every epoch with the metrics so far; what it raises ends the training.
        """
        import torch

        from fgspace_transformer.training import measured, trained

        chosen = replace(self, **{key: one for key, one in description.get("evaluator", {}).items() if key != "type"})
        training, validation = (torch.tensor(tokens(read(self.files), part)) for part in ("training", "validation"))
        seconds, metrics = 0.0, dict[str, float]()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(chosen.seed)
            network, began = fgspace.build(description, input_shape=self.input_shape, trained=True), time.perf_counter()
            for epoch in trained(network, training, chosen):
                seconds += time.perf_counter() - began
                metrics = {**measured(network, validation, self.context), "train_seconds": seconds}
                if report is not None:
                    report(epoch, metrics, of=chosen.epochs)
                began = time.perf_counter()
        if self.folder is not None:
            torch.save(network.state_dict(), self._weights(description))
        return metrics

    def test(self, description: Mapping[str, Any]) -> dict[str, float]:
        """Return the metrics of a candidate that was kept on the last tenth of the text, by its saved weights."""
        import torch

        from fgspace_transformer.training import measured

        network = fgspace.build(description, input_shape=self.input_shape)
        network.load_state_dict(torch.load(self._weights(description), weights_only=True))
        found = measured(network, torch.tensor(tokens(read(self.files), "test")), self.context)
        return {f"test_{name}": value for name, value in found.items()}

    def _weights(self, description: Mapping[str, Any]) -> Path:
        if self.folder is None:
            raise FgspaceError("evaluator: no weights were saved, for it was made without a folder; give it one")
        Path(self.folder).mkdir(parents=True, exist_ok=True)
        return Path(self.folder) / f"{fgspace.digest(description)}.pt"
