"""Which two metrics of a study are the axes of its front."""

from collections.abc import Mapping


def axes_of(objectives: Mapping[str, str]) -> tuple[str, str]:
    """Return the metrics across and upwards unless others are asked for: a cost lies across, what it buys upwards."""
    names = list(objectives)
    if len(names) == 1:
        return "trial", names[0]
    one, other = names[:2]
    return (other, one) if objectives[one] == "max" and objectives[other] == "min" else (one, other)
