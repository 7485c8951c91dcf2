"""`fgspace watch`: shows a search that runs, from another terminal, until it ends."""

import sys
import time
from argparse import ArgumentParser, Namespace
from contextlib import suppress
from pathlib import Path

from fgspace.cli.arguments import seconds, whole
from fgspace.cli.display.lines import in_words
from fgspace.cli.display.live import Live
from fgspace.cli.display.panel import in_full
from fgspace.cli.machine import tell
from fgspace.cli.printing import in_line, say
from fgspace.errors import FgspaceError
from fgspace.plugins.registry import load_registry
from fgspace.runs.watching.reading import Reading

_PORT = 8765


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace watch`."""
    parser.add_argument("dir", type=Path, metavar="DIR", help="the folder of a search")
    parser.add_argument(
        "--every", type=seconds, default=1.0, metavar="S", help="seconds between two looks at the study (default 1)"
    )
    parser.add_argument(
        "--web", action="store_true", help="serve the report of the search, refreshed, for browsers on this machine"
    )
    parser.add_argument(
        "--port", type=whole(0), metavar="P", help="the port of --web (default: 8765; 0 takes one that is free)"
    )


def run(arguments: Namespace) -> int:
    """Show the status of the search in a folder again and again, until the search ends or Ctrl-C."""
    if arguments.web:
        return _serve(arguments)
    if arguments.port is not None:
        raise FgspaceError("--port: is that of --web; write --web --port, or leave it out")
    reading = Reading(arguments.dir)
    if arguments.json:
        _tell(reading, arguments)
    elif sys.stdout.isatty():
        _draw(reading, arguments.every)
    else:
        _print(reading, arguments.every)
    return 0


def _tell(reading: Reading, arguments: Namespace) -> None:
    """Print the status at each look."""
    while True:
        status, _, _ = reading.look()
        tell("status/1", {"folder": str(arguments.dir), **status.to_json()})
        if status.state != "running":
            return
        time.sleep(arguments.every)


def _serve(arguments: Namespace) -> int:
    """Serve the report until Ctrl-C, which leaves the search alone."""
    from fgspace.runs.pages.server import HOST, LivePage, server_of

    live = LivePage([arguments.dir], load_registry(arguments.no_plugin, arguments.modules))
    live.text()  # what cannot be read is said at once
    with server_of(live, _PORT if arguments.port is None else arguments.port) as server:
        say(f"http://{HOST}:{server.server_port}", "Ctrl-C ends it; the search goes on", sep="\n", flush=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()
    return 0


def _draw(reading: Reading, every: float) -> None:
    status, _, front = reading.look()  # of trials that have ended before, only the counts
    with Live(reading.objectives) as live:
        live.show(status, (), front)
        while status.state == "running":
            time.sleep(every)
            live.show(*(looked := reading.look()))
            status = looked[0]


def _print(reading: Reading, every: float) -> None:
    """Print a line for each trial that ends, and the last status."""
    status, _, front = reading.look()
    while status.state == "running":
        time.sleep(every)
        status, news, front = reading.look()
        for trial in news:
            say(in_line(in_words(trial, trial.number in front, reading.objectives.names)), flush=True)
    say("\n".join(in_full(status)))
