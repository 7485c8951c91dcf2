"""The time of an ask of Predictor after 200 trials, compared with a plain Gaussian process of scikit-learn.

    OMP_NUM_THREADS=1 python benchmarks/predictor.py

On a space of 30 choices and on one of 464 bits, 24 asks and tells follow 200 random trials; two of them search for the
model's settings again. The table shows the largest and the mean CPU time in milliseconds. The peer fits the length
scale and the noise of its kernel to the same trials, encoded one-hot, and predicts as many points as Predictor
considers in an ask, without searching for them. The time limit of an ask is 50 ms in 30 dimensions. CPU times include
all threads: with several threads of linear algebra, they include waiting.
"""

import warnings
from collections.abc import Callable
from random import Random
from statistics import mean
from time import process_time

import fgspace
import numpy as np
from fgspace.study.trial import Point
from fgspace_predictor.predictor import Predictor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern, WhiteKernel

TOLD, ASKS, LOOKED_AT = 200, 24, 450
SPACES = {
    "30 choices of 5": {f"at{index}": {"choice": list("abcde")} for index in range(30)},
    "464 bits": {f"layer{index}": {"bits": 58} for index in range(8)},
}


def timed(act: Callable[[], object]) -> float:
    start = process_time()
    act()
    return 1e3 * (process_time() - start)


def loss_on(space: fgspace.Space) -> Callable[[Point], float]:
    goal = space.encode(space.sample(Random("goal")))
    return lambda point: float(sum(a != b for a, b in zip(space.encode(point), goal, strict=True)))


def ours(space: fgspace.Space, told: list[Point]) -> list[float]:
    algorithm, loss, found = Predictor(space, fgspace.Objectives({"loss": "min"})), loss_on(space), []
    for number, point in enumerate(told):
        algorithm.tell(fgspace.Trial(number, point, "complete", {"loss": loss(point)}))
    for number in range(TOLD, TOLD + ASKS):
        start = process_time()
        point = algorithm.ask()
        found.append(1e3 * (process_time() - start))
        algorithm.tell(fgspace.Trial(number, point, "complete", {"loss": loss(point)}))
    return found


def peers(space: fgspace.Space, told: list[Point]) -> list[float]:
    loss, rng = loss_on(space), Random(1)
    rows = one_hot(space, told)
    at = one_hot(space, [space.sample(rng) for _ in range(LOOKED_AT)])
    values = [loss(point) for point in told]

    def ask() -> None:
        process = GaussianProcessRegressor(Matern(nu=2.5) + WhiteKernel(), normalize_y=True)
        process.fit(rows, values).predict(at, return_std=True)

    return [timed(ask) for _ in range(3)]


def one_hot(space: fgspace.Space, points: list[Point]) -> np.ndarray:
    tokens = np.array([space.encode(point) for point in points])
    return np.hstack([np.eye(bound)[tokens[:, column]] for column, bound in enumerate(space.range_table)])


def main() -> None:
    warnings.simplefilter("ignore")  # the peer's optimiser reaches a bound
    print(f"{f'ms of CPU an ask at {TOLD} trials':32s}{'largest':>10s}{'mean':>10s}")
    for name, hyper_parameters in SPACES.items():
        space = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": hyper_parameters})
        space.initial = told_first = space.sample(Random("first"))
        told = [told_first, *(space.sample(Random(number)) for number in range(TOLD - 1))]
        for who, spent in (("Predictor", ours(space, told)), ("scikit-learn, bare", peers(space, told))):
            print(f"{f'{name}: {who}':32s}{max(spent):10.1f}{mean(spent):10.1f}", flush=True)


if __name__ == "__main__":
    main()
