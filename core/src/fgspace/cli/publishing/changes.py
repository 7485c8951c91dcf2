"""Says what pip has changed, and what became of the plugins by it."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.errors import FgspaceError
from fgspace.plugins.discovery.distributions import normal


def said_after(changes: Sequence[str], wanted: Sequence[str], for_programs: bool) -> int:
    """Print what changed, and the state of each plugin that was asked for; return 2 where one is not in order."""
    records = _plugins()
    asked = {normal(re.split(r"[\[<>=!~ ]", one)[0]) for one in wanted}
    mine = [one for one in records if normal(one["distribution"]) in asked]
    wrong = [one for one in records if one["cause"] and one["state"] != "disabled"]
    if for_programs:
        tell(
            "installation/1",
            {"changes": list(changes), "plugins": mine, "out_of_order": [one["name"] for one in wrong]},
        )
    else:
        say("\n".join(changes) or "nothing to change")
        for one in [*mine, *(one for one in wrong if one not in mine)]:
            say(_line(one))
    return 2 if any(one in wrong for one in mine) else 0


def _line(record: dict[str, Any]) -> str:
    whole = f"plugin {record['name']!r} ({record['distribution']} {record['version']})"
    number = sum(map(len, record["provides"].values()))
    return f"{whole}: {record['cause'] or f'in order, {number} type' + 's' * (number != 1)}"


def _plugins() -> list[dict[str, Any]]:
    """Return the records of the plugins as a new process finds them: this one has loaded what was there before."""
    words = [sys.executable, "-m", "fgspace", "plugins", "--strict", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["plugins"]
    except (ValueError, KeyError) as error:
        last = done.stderr.strip().splitlines()[-1:] or ["it says nothing"]
        raise FgspaceError(f"the plugins cannot be checked after the change: {last[0]}") from error
    return found
