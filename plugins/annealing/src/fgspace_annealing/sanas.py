"""SANAS with the interface of PaddleSlim: ask for networks, train them in your own loop, report their scores."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, cast
from warnings import warn

from fgspace import Exhausted, FgspaceError, Point, Study, Trial, space

from fgspace_annealing.annealing import SimulatedAnnealing
from fgspace_annealing.checkpoints import Place, place_of

if TYPE_CHECKING:
    from torch import nn

_NO_SERVER = (
    "the search runs in this program, without a server; `fgspace search` runs trials in several processes, or on"
    " several machines"
)


class SANAS:
    """A search by simulated annealing in your own loop: `next_archs` returns networks, `reward` takes their score.

        sanas = SANAS([("MobileNetV2BlockSpace", {"block_mask": [0, 1, 1], "num_class": 10})], search_steps=100)
        while sanas.steps_left:
            (network,) = sanas.next_archs()
            sanas.reward(accuracy_of(network))
        print(sanas.current_info())

    The attribute `study` is the `fgspace.Study` behind the search; its only objective, "reward", is maximised. With a
    `checkpoint`, every event is on disk before a call returns: a program that was killed at any moment continues when
    it is started again, beginning with the networks that have no reward yet.

    The arguments up to `is_server` are those of PaddleSlim, in its order.

    Args:
        configs: the spaces to chain, each a name or a pair of a name and parameters; or anything else that
            `fgspace.space` takes.
        server_addr: ignored, with a warning, since there is no server.
        init_temperature: the temperature at the first step, in units of the score; by default 1.0.
        reduce_rate: the factor by which every step multiplies the temperature.
        search_steps: the number of steps after which the search ends, including those of earlier runs.
        init_tokens: the tokens of the first networks; by default those of the initial point of the space.
        save_checkpoint: where to save a new search, like `checkpoint`; a search that is there is not replaced.
        load_checkpoint: the saved search to continue; it is saved there.
        is_server: must be true, since there is no server to be a client of.
        checkpoint: the folder of the study, or a file that ends in .db; if it exists, the search continues from it.
            Takes the place of `save_checkpoint` and `load_checkpoint`.
        seed: the seed of all randomness.
        constraints: cost (params, macs) → `{"max": most}`, `{"min": least}` or both; no network breaks one.
        input_shape: (channels, height, width) of the input; by default that of the space, else (3, 32, 32).
        options: further options of `SimulatedAnnealing`, such as `steps`.

    Raises:
        FgspaceError: an argument is not understood, or the checkpoint is that of another search.
    """

    def __init__(
        self,
        configs: Sequence[Any] | Mapping[str, Any] | str | Path,
        server_addr: tuple[str | None, int] | None = None,
        init_temperature: float | None = None,
        reduce_rate: float = 0.85,
        search_steps: int = 300,
        init_tokens: Sequence[int] | None = None,
        save_checkpoint: Place | None = None,
        load_checkpoint: Place | None = None,
        is_server: bool = True,
        *,
        checkpoint: Place | None = None,
        seed: int = 0,
        constraints: Mapping[str, Mapping[Literal["max", "min"], float]] | None = None,
        input_shape: Sequence[int] | None = None,
        **options: Any,
    ) -> None:
        if not is_server:
            raise FgspaceError(f"SANAS cannot be a client of a server: {_NO_SERVER}")
        if server_addr is not None:
            warn(f"SANAS ignores server_addr: {_NO_SERVER}", stacklevel=2)
        place = place_of(checkpoint, save_checkpoint, load_checkpoint)
        self.search_steps = search_steps
        self.space = space(configs, input_shape=input_shape)
        self.study = Study(
            self.space,
            SimulatedAnnealing,
            {"reward": "max"},
            constraints,
            seed,
            place,
            init_tokens=None if init_tokens is None else list(init_tokens),
            reduce_rate=reduce_rate,
            init_temperature=init_temperature,
            **options,
        )
        self._is_chain = isinstance(configs, list | tuple)
        self._trial: Trial | None = None
        self._last = _handed_out_last(self.study.trials)

    @property
    def steps_left(self) -> int:
        """The number of steps that still need a reward."""
        return max(0, self.search_steps - self.study.evaluated)

    def next_archs(self) -> list["nn.Module"]:
        """Return the next networks to train: one module for each of `configs`, to be called one after the other.

        If the networks before them have no reward yet, that step is recorded as failed.

        Raises:
            FgspaceError: all steps are done, no network is left, or no network was found that keeps the constraints.
        """
        if self._trial is not None:
            self._end_step(self._trial, failed="no reward was given")
        if not self.steps_left:
            raise FgspaceError(
                f"all {self.search_steps} search steps are done; current_info() has the best tokens; to continue, raise"
                " search_steps"
            )
        try:
            self._trial = self.study.ask()
        except Exhausted:
            raise FgspaceError(
                f"no network is left after {self.study.evaluated} steps; current_info() has the best tokens"
            ) from None
        self._last = self._trial
        return self._build(self._trial.point)

    def reward(self, score: float) -> bool:
        """Record the score of the last networks (larger is better) and return whether it was taken.

        A score that is not a finite number is not taken: it marks the step as failed. `is_best` says whether the score
        is the best so far.

        Raises:
            FgspaceError: no networks wait for a reward.
        """
        if self._trial is None:
            raise FgspaceError("nothing waits for a reward; call next_archs() first, and reward its networks only once")
        return self._end_step(self._trial, {"reward": score}).measured

    @property
    def is_best(self) -> bool:
        """Whether the networks handed out last have the best score so far; of equal scores, the first is the best."""
        best = self.study.best
        return best is not None and self._last is not None and best.number == self._last.number

    def tokens2arch(self, tokens: Sequence[int]) -> list["nn.Module"]:
        """Return the networks of these tokens, one module for each of `configs`.

        Raises:
            ValueError: the number of tokens is wrong, or a token is out of its range.
        """
        return self._build(self.space.decode(tokens))

    def current_info(self) -> dict[str, Any]:
        """Return the tokens and the score of the best networks, and the tokens of the current ones and of the base.

        The keys are `best_tokens` and `best_reward` (both None before the first score); `current_tokens`, those of the
        networks that `next_archs` returned last, in this or an earlier run; and `base_tokens`, those of the networks
        whose neighbours the search proposes. Before the first networks, both are the tokens that the search starts at.
        """
        best, walk = self.study.best, cast(SimulatedAnnealing, self.study.algorithm)
        return {
            "best_tokens": best and self.space.encode(best.point),
            "best_reward": best and best.metrics["reward"],
            "current_tokens": self.space.encode(self._last.point if self._last else walk.start),
            "base_tokens": self.space.encode(walk.current.point if walk.current else walk.start),
        }

    def close(self) -> None:
        """Close the checkpoint so that another search can open it; this also happens when the program ends."""
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


def _handed_out_last(trials: Sequence[Trial]) -> Trial | None:
    """Return the last trial whose networks were handed out: one that was neither infeasible nor a duplicate."""
    return next((one for one in reversed(trials) if one.duplicate_of is None and one.state != "infeasible"), None)
