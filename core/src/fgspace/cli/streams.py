"""Standard streams that can break while a command goes on: a reader has gone, a disk is full, one was never open."""

import io
import os
import sys
from typing import TextIO


class Steady:
    """Writes to a text stream until it breaks, and to nowhere from then on; otherwise like the stream.

    `error` is the error that the stream broke with, None while it works.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.error: OSError | None = None

    def write(self, text: str) -> int:
        """Write text; an error of the stream is kept in place of being raised."""
        if self.error is None:
            try:
                return self._stream.write(text)
            except OSError as error:
                self._give_up(error)
        return len(text)

    def flush(self) -> None:
        """Flush the stream; an error of it is kept in place of being raised."""
        if self.error is None:
            try:
                self._stream.flush()
            except OSError as error:
                self._give_up(error)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def _give_up(self, error: OSError) -> None:
        self.error = error
        silence(self._stream)


def silence(stream: TextIO) -> None:
    """Let all that is written to a stream from here on go nowhere, what it has buffered included."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def open_closed_streams() -> None:
    """Open the standard streams that this process was started without: what is printed there goes nowhere.

    Otherwise the next file that is opened, such as the store of a study, would take the number of one of them.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115


def escape_what_cannot_be_encoded(*streams: object) -> None:
    """Let streams write an escape for each character that their encoding lacks, in place of raising an error."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
