"""A terminal of a given size for tests: it runs a command, and its screen can be read as a user sees it."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from functools import partial

import pyte

PATIENCE = 100
"""Seconds after which a test gives up waiting for what it expects."""


class Terminal:
    """Runs `python -m fgspace` on a terminal of its own; `raw` is all that was written to it."""

    def __init__(self, *arguments, columns=80, lines=30, cwd, env, outlives_terminal=False):
        self.screen = pyte.HistoryScreen(columns, lines, history=2000)
        self.raw = b""
        self._stream = pyte.ByteStream(self.screen)
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fgspace", *arguments],
            cwd=cwd,
            env=env,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=partial(_begin, outlives_terminal),
        )
        os.close(theirs)

    def lines(self):
        """Return the lines that are on the screen or have scrolled away, without those that are blank."""
        columns = range(self.screen.columns)
        gone = ["".join(line[column].data for column in columns) for line in self.screen.history.top]
        return [line.rstrip() for line in (*gone, *self.screen.display) if line.strip()]

    def until(self, shown):
        """Read until `shown(lines)` holds, and return the lines."""
        end = time.monotonic() + PATIENCE
        while not shown(self.lines()):
            assert self._read(end), self.lines()
        return self.lines()

    def to_the_end(self):
        """Read until the command has ended, and return its exit status."""
        end = time.monotonic() + PATIENCE
        while self._read(end):
            pass
        os.close(self._ours)
        return self.process.wait(PATIENCE)

    def press(self, keys):
        """Type keys."""
        os.write(self._ours, keys)

    def hang_up(self):
        """Close the terminal."""
        os.close(self._ours)

    def _read(self, end):
        ready, _, _ = select.select([self._ours], [], [], max(0, end - time.monotonic()))
        assert ready, self.lines()
        try:
            content = os.read(self._ours, 65536)
        except OSError:  # Linux says so where the other side has closed
            return False
        self.raw += content
        self._stream.feed(content)
        return bool(content)


def _begin(outlives_terminal):
    """Make standard input the terminal that sends signals; what outlives it ignores that it closes, as by `nohup`."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    if outlives_terminal:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
