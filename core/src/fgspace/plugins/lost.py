"""Which of the plugins that do not work may have a type that is not found."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from fgspace.plugins.loading import PluginRecord


def lost_with(name: str, plugins: Iterable[PluginRecord]) -> str:
    """Return the end of a message on an unknown name: the likeliest plugin that does not work, and how many others."""
    lost = [one for one in plugins if one.state in ("broken", "incompatible")]
    if not lost:
        return ""
    likely = next((one for one in lost if _is_written_in(one, name)), lost[0])
    if len(lost) == 1:
        return f"; it may be in a plugin that does not work: {likely}; fgspace plugins says what to do"
    others = "the other" if len(lost) == 2 else f"the other {len(lost) - 1}"
    return (
        f"; it may be in one of {len(lost)} plugins that do not work, likely in this: {likely}; fgspace plugins lists"
        f" {others}"
    )


def _is_written_in(record: PluginRecord, name: str) -> bool:
    """Say whether the source of a plugin's hooks has the name in quotes; nothing of it is imported."""
    for folder in sys.path if record.module else ():
        file = Path(folder, *record.module.split(".")).with_suffix(".py")
        try:
            return re.search(rf"['\"]{re.escape(name)}['\"]", file.read_text("utf-8")) is not None
        except (OSError, ValueError):
            continue
    return False
