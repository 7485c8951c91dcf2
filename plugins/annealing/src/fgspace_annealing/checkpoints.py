"""Where a search is saved: at one checkpoint, or in the two directories that PaddleSlim's programs give."""

import json
import os
from pathlib import Path

from fgspace import FgspaceError

Place = str | os.PathLike[str]


def place_of(checkpoint: Place | None, save: Place | None, load: Place | None) -> Place | None:
    """Return the place of the search's store, None for a search that is not saved.

    A search at `checkpoint` is continued if there is one. As in PaddleSlim, one at `save` is new, and one at `load` is
    continued; it is saved where it is.

    Raises:
        FgspaceError: both kinds are given, `save` and `load` differ, there is a search at `save`, or none at `load`.
    """
    if save is None and load is None:
        return checkpoint
    if checkpoint is not None:
        raise FgspaceError("give checkpoint, or save_checkpoint and load_checkpoint, not both")
    if load is None:
        return None if save is None else _new(save)
    if save is not None and os.path.abspath(save) != os.path.abspath(load):
        raise FgspaceError(
            f"load_checkpoint is {_shown(load)}, but save_checkpoint is {_shown(save)}; a search is saved where it"
            " is loaded: copy the folder, and give the copy as load_checkpoint"
        )
    return _existing(load)


def _new(save: Place) -> Place:
    if _file(save).exists():
        raise FgspaceError(
            f"there is a search at {_shown(save)} already; give load_checkpoint={_shown(save)} to continue it, or name"
            " another folder"
        )
    return save


def _existing(load: Place) -> Place:
    if _file(load).exists():
        return load
    if tokens := _tokens_of_paddleslim(Path(load) / "sanas.checkpoints"):
        raise FgspaceError(
            f"the search at {_shown(load)} is one of PaddleSlim, which cannot be continued; start a new one with"
            f" init_tokens={tokens}"
        )
    raise FgspaceError(f"there is no search at {_shown(load)}; save_checkpoint={_shown(load)} starts one there")


def _tokens_of_paddleslim(path: Path) -> list[int] | None:
    """Return the best tokens in a checkpoint of PaddleSlim, or those of its walk; None if it is not one."""
    try:
        scene = json.loads(path.read_text("utf-8"))
        return scene["_best_tokens"] or scene["_tokens"] or None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _file(place: Place) -> Path:
    path = Path(place)
    return path if path.suffix == ".db" else path / "study.db"


def _shown(place: Place) -> str:
    return repr(os.fspath(place))
