"""The arguments that several commands share: whole numbers, and the shape of an input."""

from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable

import yaml

from fgspace.config.settings import LONGEST_SECONDS
from fgspace.errors import FgspaceError
from fgspace.network.costs import Shape
from fgspace.network.inputs import described


def imports(arguments: Namespace) -> list[str]:
    """Return the arguments that import modules and leave plugins out, to be repeated in another command."""
    given = [("-p", name) for name in arguments.modules] + [("--no-plugin", name) for name in arguments.no_plugin]
    return [word for pair in given for word in pair]


def whole(least: int) -> Callable[[str], int]:
    """Return a function that reads a whole number of at least `least`, for argparse."""

    def read(written: str) -> int:
        try:
            number = int(written)
        except ValueError:
            number = least - 1
        if number < least:
            raise ArgumentTypeError(f"expected a whole number of at least {least}, got {written!r}")
        return number

    return read


def seconds(written: str) -> float:
    """Read a number of seconds above 0, for argparse."""
    try:
        number = float(written)
    except ValueError:
        number = 0.0
    if not 0 < number <= LONGEST_SECONDS:
        raise ArgumentTypeError(f"expected seconds above 0 and at most {LONGEST_SECONDS:,}, got {written!r}")
    return number


def input_shape(written: str | None) -> Shape | None:
    """Read the shape that `--input` gives: sizes with commas between, or a mapping as in the section `input` of a file.

    Raises:
        FgspaceError: it is neither.
    """
    if written is None:
        return None
    if written.lstrip().startswith("{"):
        return _mapping(written)
    try:
        shape = tuple(int(size) for size in written.split(","))
    except ValueError:
        shape = ()
    if not shape or min(shape) < 1:
        raise FgspaceError(f"--input: expected whole numbers with commas between, as in 3,32,32; got {written!r}")
    return shape


def _mapping(written: str) -> Shape:
    try:
        return described(yaml.safe_load(written))
    except yaml.YAMLError:
        problem = "expected a mapping in YAML, as in {shape: [128], dtype: int64, below: 30522}"
        raise FgspaceError(f"--input: {problem}; got {written!r}") from None
    except ValueError as error:
        raise FgspaceError(f"--input: {error}") from None
