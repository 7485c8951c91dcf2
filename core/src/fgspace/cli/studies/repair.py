"""`fgspace repair`: copies what is sound of a damaged study into a new one, and says what was lost."""

import shutil
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from fgspace.cli.arguments import imports
from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.documents.shell import command
from fgspace.errors import FgspaceError
from fgspace.study.results import Results
from fgspace.study.storage.repair import Salvage, salvage, write_salvage
from fgspace.study.storage.soundness import enumerated
from fgspace.study.storage.study_file import study_file


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace repair`."""
    parser.add_argument("place", metavar="DIR", type=Path, help="the folder of a search, or its file that ends in .db")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the sound trials are copied to (default: DIR-repaired)"
    )


def run(arguments: Namespace) -> int:
    """Copy what is sound, and print what was lost; a sound study is left alone."""
    place, out = arguments.place, arguments.out or _beside(arguments.place)
    if _is_sound(place):
        if arguments.json:
            tell("repair/1", {"place": str(place), "out": None, "is_sound": True})
        else:
            say(f"{place}: nothing is damaged; nothing was copied")
        return 0
    if study_file(out).exists():
        raise FgspaceError(f"{out}: holds a study already; name another folder by --out")
    found = salvage(study_file(place))
    write_salvage(found, out)
    _copy_others(place, out)
    if arguments.json:
        tell("repair/1", {"place": str(place), "out": str(out), "is_sound": False, **_in_json(found)})
    else:
        say("\n".join(_report(found, place, out, imports(arguments))))
    return 0


def _beside(place: Path) -> Path:
    """Return the place of the copy: DIR-repaired, or NAME-repaired.db."""
    full = place.resolve()
    return place.parent / f"{full.stem}-repaired{full.suffix}" if place.suffix == ".db" else Path(f"{place}-repaired")


def _is_sound(place: Path) -> bool:
    """Say whether everything of a study can be read."""
    try:
        with closing(Results(place)) as results:
            for trial in results.trials:
                results.held_out(trial.number)
    except FgspaceError:
        if not study_file(place).is_file():
            raise
        return False
    return True


def _copy_others(place: Path, out: Path) -> None:
    """Copy the file of the search and the weights of its candidates, which do not go by the numbers of trials."""
    if study_file(place) == place:
        return
    if (place / "experiment.yaml").exists():
        shutil.copy(place / "experiment.yaml", out)
    if (place / "weights").is_dir():
        shutil.copytree(place / "weights", out / "weights", dirs_exist_ok=True)


def _in_json(found: Salvage) -> dict[str, Any]:
    numbers = {str(old): new for old, new in found.numbers.items()}
    lost = {"lost": list(found.lost), "again": list(found.again), "damage": found.log}
    return {"trials": len(found.trials), "finished": len(found.told), **lost, "numbers": numbers}


def _report(found: Salvage, place: Path, out: Path, again_with: list[str]) -> Iterator[str]:
    yield f"{out}: {len(found.trials)} trials copied from {place}, {len(found.told)} of them finished"
    if found.log:
        yield f"{found.log}: the trials that only it held are lost"
    if found.lost:
        yield f"lost: {enumerated(found.lost)}"
    if found.again:
        yield f"to be evaluated again, since the outcome is lost: {enumerated(found.again)}"
    moved = [(old, new) for old, new in found.numbers.items() if old != new]
    if moved:
        (first, new_first), (last, new_last) = moved[0], moved[-1]
        yield f"renumbered: trials {first} to {last} are now {new_first} to {new_last}"
    if (out / "experiment.yaml").exists():
        again = command("fgspace", "search", out / "experiment.yaml", "--out", out, "--resume", *again_with)
        yield f"next: {again}"
