"""Standard streams that can break while what prints to them goes on: a reader has gone, or a disk is full."""

import os
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
