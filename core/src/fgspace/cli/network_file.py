"""Finds the file of a network in the folder of a search, or of one network of its front."""

from pathlib import Path

from fgspace.errors import FgspaceError

DESCRIPTION = "description.yaml"
"""The file that describes a network of a front, in a folder of its own."""


def network_file(given: Path, trial: int | None) -> Path:
    """Return the file of a network: `given` itself, or that in a folder.

    Args:
        given: a file; a folder with a `description.yaml`; or the folder of a search, whose front has one a trial.
        trial: the number of a trial of the front; needless where the front has one trial.

    Raises:
        FgspaceError: the folder has no such file, or several and `trial` is None; or `trial` is given with a file.
    """
    if not given.is_dir():
        if trial is not None:
            raise FgspaceError(f"--trial: {str(given)!r} is a file; name the folder of a search, which has trials")
        return given
    if trial is None and (given / DESCRIPTION).is_file():
        return given / DESCRIPTION
    found = sorted(int(one.parent.name) for one in given.glob(f"front/*/{DESCRIPTION}") if one.parent.name.isdecimal())
    if not found:
        raise FgspaceError(
            f"{given}: holds no network; expected the folder of a search that is finished, or one with {DESCRIPTION}"
        )
    if trial is None and len(found) > 1:
        raise FgspaceError(f"{given}: the front has the trials {_listed(found)}; choose one by --trial")
    if trial is not None and trial not in found:
        raise FgspaceError(f"--trial: {trial} is not on the front, whose networks alone are kept: {_listed(found)}")
    return given / "front" / str(found[0] if trial is None else trial) / DESCRIPTION


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
