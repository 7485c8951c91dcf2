"""The training of a language model, epoch by epoch, and its measurement."""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn


def trained(network: nn.Module, tokens: Tensor, recipe: Any) -> Iterator[int]:
    """Train a network on tokens, and yield the number of each epoch when it is done, from 1.

    `recipe` has the options of `CharacterModelling`. Raises ValueError where the loss is no longer finite.
    """
    draws = torch.Generator().manual_seed(recipe.seed)
    optimiser = torch.optim.AdamW(network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, recipe.epochs * recipe.steps)
    for epoch in range(1, recipe.epochs + 1):
        network.train()
        for _ in range(recipe.steps):
            starts = torch.randint(len(tokens) - recipe.context, (recipe.batch_size, 1), generator=draws)
            piece = tokens[starts + torch.arange(recipe.context + 1)]
            loss = cross_entropy(network(piece[:, :-1]), piece[:, 1:])
            if not bool(torch.isfinite(loss)):
                raise ValueError(f"the loss is {float(loss.detach())} in epoch {epoch}; lower the learning_rate")
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
        yield epoch


def measured(network: nn.Module, tokens: Tensor, context: int) -> dict[str, float]:
    """Return bits_per_character and accuracy of a network on all whole pieces of the tokens."""
    network.eval()
    pieces = tokens.unfold(0, context + 1, context)
    with torch.no_grad():
        logits = torch.cat([network(some[:, :-1]) for some in torch.split(pieces, 64)])
    wanted = pieces[:, 1:]
    bits = float(cross_entropy(logits, wanted)) / math.log(2)
    return {"bits_per_character": bits, "accuracy": float((logits.argmax(-1) == wanted).double().mean())}


def cross_entropy(logits: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean over all positions of all pieces."""
    return nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())
