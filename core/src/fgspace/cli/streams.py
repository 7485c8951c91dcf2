"""Makes the standard streams of a command ready to be written to, whatever it was started with."""

import io
import os
import sys


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
