"""Problems to search, and a loop that evaluates their points."""

import math

import fgspace
from fgspace.study.front import non_dominated


def of(**domains):
    """Return a space of these hyper-parameters."""
    return fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": domains})


def run(algorithm, measure, trials, start=0):
    """Return the trials of a study that evaluates in place."""
    told = []
    for number in range(start, start + trials):
        point = algorithm.ask()
        told.append(fgspace.Trial(number, point, "complete", measure(point), lineage=algorithm.lineage))
        algorithm.tell(told[-1])
    return told


BITS = of(code={"bits": 24})
LEVELS = of(**{f"x{index}": {"int": [0, 31]} for index in range(10)})
FEW_LEVELS = of(**{f"x{index}": {"int": [0, 31]} for index in range(7)})


def zeros(point):
    """Count the zeros: one objective with one best point."""
    return {"zeros": point["code"].count(0)}


def zdt1(point):
    """Measure ZDT1 on a grid, its front moved off the corner (Zitzler, Deb and Thiele 2000)."""
    first, *rest = (point[f"x{index}"] for index in range(10))
    share, height = first / 31, 1 + sum(abs(level - 11) / 20 for level in rest)
    return {"a": share, "b": height * (1 - math.sqrt(share / height))}


def dtlz2(point):
    """Measure DTLZ2 with three objectives on a grid (Deb, Thiele, Laumanns and Zitzler 2005)."""
    first, second, *rest = (point[f"x{index}"] / 31 for index in range(7))
    height = 1 + sum((share - 0.35) ** 2 for share in rest)
    one, other = first * math.pi / 2, second * math.pi / 2
    return {
        "a": height * math.cos(one) * math.cos(other),
        "b": height * math.cos(one) * math.sin(other),
        "c": height * math.sin(one),
    }


def hypervolume(front, worst):
    """Return the volume that value tuples dominate up to the worst: by slices along the last objective."""
    inside = [one for one in front if all(map(float.__lt__, one, worst))]
    inside = sorted((inside[index] for index in non_dominated(inside)), key=lambda one: one[-1])
    if len(worst) == 1:
        return worst[0] - inside[0][0] if inside else 0.0
    ends = [*(one[-1] for one in inside[1:]), worst[-1]]
    return sum(
        (end - one[-1]) * hypervolume([other[:-1] for other in inside[: place + 1]], worst[:-1])
        for place, (one, end) in enumerate(zip(inside, ends, strict=True))
        if end > one[-1]
    )
