"""All figures of a report, for files."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fgspace.runs.figures.comparing import attainment, bands
from fgspace.runs.figures.curves import curves
from fgspace.runs.figures.figure import Figure
from fgspace.runs.figures.front import front
from fgspace.runs.figures.importance import importance
from fgspace.runs.figures.networks import networks
from fgspace.runs.figures.parallel import parallel
from fgspace.runs.figures.progress import OVER, measures, progress


def all_figures(data: Mapping[str, Any]) -> Iterator[tuple[str, Figure]]:
    """Yield the figures of a report's data, each with a name for its file."""
    several = len(data["studies"]) > 1
    if data["comparison"]:
        for drawn in compared(data["comparison"]):
            yield drawn.name, drawn
    for study in data["studies"]:
        for drawn in of_study(study):
            yield f"{study['name']}_{drawn.name}" if several else drawn.name, drawn


def of_study(study: Mapping[str, Any]) -> Iterator[Figure]:
    """Yield the figures about one study."""
    yield front(study)
    yield networks(study)
    for measure in measures(study):
        for over in OVER:
            yield progress(study, measure, over)
    if study["importance"]["shares"]:
        for name in study["objectives"]:
            yield importance(study, name)
    yield parallel(study)
    for metric in study["curves"]["metrics"]:
        yield curves(study, metric)


def compared(comparison: Mapping[str, Any]) -> Iterator[Figure]:
    """Yield the figures that compare studies."""
    for measure in comparison["measures"]:
        yield bands(comparison, measure["name"])
    if comparison["attainment"]:
        yield attainment(comparison)


def write_figures(data: Mapping[str, Any], folder: Path, formats: Sequence[str]) -> list[Path]:
    """Write every figure in every format to a folder, and return the files.

    Raises:
        FgspaceError: PNG is asked for, and cannot be drawn here.
    """
    written = []
    for name, drawn in all_figures(data):
        for kind in formats:
            file = folder / f"{_in_file(name)}.{kind}"
            drawn.save(file)
            written.append(file)
    return written


def _in_file(name: str) -> str:
    """Return a name as that of a file: what could be a path is not."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name).lstrip(".") or "figure"
