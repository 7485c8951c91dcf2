"""Measures on another machine, by a command of the user's that gets an ONNX file and prints milliseconds."""

import math
import os
import shlex
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from fgspace import FgspaceError

OPTION = "--device-command"


def measured(command: str, file: Path, what: str, timeout: float) -> float:
    """Return the milliseconds that a command prints for an ONNX file, which is its last argument, or stands for {}.

    Args:
        command: the command, with its arguments, as in a shell; no shell runs it.
        file: the ONNX file.
        what: what is in the file, for messages.
        timeout: the seconds that it may take.

    Raises:
        FgspaceError: it cannot be started, fails, takes too long, or does not print one number above 0.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise FgspaceError(f"{OPTION}: {command!r} cannot be read: {str(error).lower()}") from None
    if not words:
        raise FgspaceError(f"{OPTION}: expected a command, got {command!r}")
    if "{}" in command:
        words = [word.replace("{}", str(file)) for word in words]
    else:
        words.append(str(file))
    status, output, complaint = _run(words, what, timeout)
    if status != 0:
        last = complaint.strip().rpartition("\n")[2] or "it printed nothing on standard error"
        how = f"was ended by signal {-status}" if status < 0 else f"ended with exit status {status}"
        raise FgspaceError(f"{OPTION}: {words[0]!r} {how} for {what}: {last}")
    return _number(output, words[0], what)


def _run(words: list[str], what: str, timeout: float) -> tuple[int, str, str]:
    try:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
    except OSError as error:
        raise FgspaceError(f"{OPTION}: {words[0]!r} cannot be started: {error.strerror}") from error
    try:
        output, complaint = process.communicate(timeout=timeout)
    except BaseException as error:
        with suppress(ProcessLookupError):  # and all that it has started, such as ssh
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
        cure = "give more --timeout SECONDS"
        raise FgspaceError(f"{OPTION}: {words[0]!r} took longer than {timeout:g} seconds for {what}; {cure}") from None
    return process.returncode, output.decode(errors="replace"), complaint.decode(errors="replace")


def _number(output: str, program: str, what: str) -> float:
    written = output.strip()
    try:
        number = float(written)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0:
        shown = written if len(written) <= 60 else f"{written[:57]}..."
        expected = "expected milliseconds, one number, on standard output"
        raise FgspaceError(f"{OPTION}: {expected} of {program!r} for {what}, got {shown!r}")
    return number
