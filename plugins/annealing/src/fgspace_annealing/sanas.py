"""SANAS as users of PaddleSlim know it: ask for networks, train them your own way, reward them."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from fgspace import Exhausted, FgspaceError, Study, space
from fgspace.search.trial import Point, Trial

from fgspace_annealing.annealing import SimulatedAnnealing

if TYPE_CHECKING:
    from torch import nn


class SANAS:
    """A search by simulated annealing in a loop of your own: `next_archs` gives networks, `reward` takes their score.

        sanas = SANAS([("MobileNetV2BlockSpace", {"block_mask": [0, 1, 1], "num_class": 10})], search_steps=100)
        while sanas.steps_left:
            (network,) = sanas.next_archs()
            sanas.reward(accuracy_of(network))
        print(sanas.current_info())

    The search is a `fgspace.Study`, at hand as `study`, with one objective, "reward", to be maximised. With a
    `checkpoint` every event is on disk before a call returns: a program that was killed at any moment and is started
    again goes on where it was, networks first that were not rewarded.

    Args:
        configs: what is searched: names of spaces, or pairs of a name and parameters, chained; or anything else that
            `fgspace.space` takes.
        search_steps: after how many networks the search is over, those of earlier runs included.
        init_tokens: the tokens of the first networks; left out, the space's own.
        checkpoint: the study's folder, or a file that ends in .db; it is made, or gone on with where there is one.
        reduce_rate: what every step multiplies the temperature by.
        init_temperature: the temperature at the first step, in units of the score; left out, 1.0.
        seed: where all randomness comes from.
        constraints: cost (params, macs) → `{"max": most}`, `{"min": least}` or both; no network breaks one.
        input_shape: (channels, height, width) of the input; left out, what the space says, else (3, 32, 32).
        options: further options of `SimulatedAnnealing`, such as `steps`.

    Raises:
        FgspaceError: an argument is not understood, or the checkpoint is that of another search.
    """

    def __init__(
        self,
        configs: Sequence[Any] | Mapping[str, Any] | str | Path,
        *,
        search_steps: int = 300,
        init_tokens: Sequence[int] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        reduce_rate: float = 0.85,
        init_temperature: float | None = None,
        seed: int = 0,
        constraints: Mapping[str, Mapping[Literal["max", "min"], float]] | None = None,
        input_shape: Sequence[int] | None = None,
        **options: Any,
    ) -> None:
        self.search_steps = search_steps
        self.space = space(configs, input_shape=input_shape)
        self.study = Study(
            self.space,
            SimulatedAnnealing,
            {"reward": "max"},
            constraints,
            seed,
            checkpoint,
            init_tokens=None if init_tokens is None else list(init_tokens),
            reduce_rate=reduce_rate,
            init_temperature=init_temperature,
            **options,
        )
        self._is_chain = isinstance(configs, list | tuple)
        self._trial: Trial | None = None

    @property
    def steps_left(self) -> int:
        """How many networks are still to be rewarded."""
        return max(0, self.search_steps - self.study.evaluated)

    def next_archs(self) -> list["nn.Module"]:
        """Return the next networks to train: one module for each of `configs`, to be called one after the other.

        Networks that were not rewarded before the next are asked for are passed over: they count as a failed step.

        Raises:
            FgspaceError: all steps are done, no network is left, or none keeps the constraints.
        """
        if self._trial is not None:
            self._end_step(self._trial, failed="passed over")
        if not self.steps_left:
            raise FgspaceError(
                f"all {self.search_steps} search steps are done; current_info() has the best tokens, a larger"
                " search_steps goes on"
            )
        try:
            self._trial = self.study.ask()
        except Exhausted:
            raise FgspaceError(
                f"no network is left after {self.study.evaluated} steps; current_info() has the best tokens"
            ) from None
        return self._build(self._trial.point)

    def reward(self, score: float) -> bool:
        """Take in the score of the last networks, bigger is better; return whether it is above all before it.

        A score that is not a finite number marks the networks as failed.

        Raises:
            FgspaceError: there are no networks that wait for a reward.
        """
        if self._trial is None:
            raise FgspaceError("there is nothing to reward; call next_archs() first, and reward its networks once")
        trial = self._end_step(self._trial, {"reward": score})
        best = self.study.best
        return best is not None and best.number == trial.number

    def tokens2arch(self, tokens: Sequence[int]) -> list["nn.Module"]:
        """Return the networks of these tokens, one module for each of `configs`.

        Raises:
            ValueError: there are too few or too many tokens, or one is out of its range.
        """
        return self._build(self.space.decode(tokens))

    def current_info(self) -> dict[str, Any]:
        """Return `best_tokens` and `best_reward`, None before any score, and `current_tokens`, where the walk is."""
        best, walk = self.study.best, cast(SimulatedAnnealing, self.study.algorithm)
        return {
            "best_tokens": best and self.space.encode(best.point),
            "best_reward": best and best.metrics["reward"],
            "current_tokens": self.space.encode(walk.current.point if walk.current else walk.start),
        }

    def close(self) -> None:
        """Let go of the checkpoint, so that another search can go on with it; the end of the program does so, too."""
        self.study.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _end_step(
        self, trial: Trial, metrics: Mapping[str, float] | None = None, *, failed: str | None = None
    ) -> Trial:
        told = self.study.tell(trial, metrics, failed=failed)
        self._trial = None
        return told

    def _build(self, point: Point) -> list["nn.Module"]:
        network = self.space.build(point)
        return list(network.children()) if self._is_chain else [network]
