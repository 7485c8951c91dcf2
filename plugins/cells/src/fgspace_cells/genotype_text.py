"""Reads the text of a genotype, `Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=range(2, 6), ...)`."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from fgspace.errors import brief

LONGEST = 20_000
"""Characters that a genotype may have."""
_DEEPEST = 3
"""Brackets that a value may stand in: a list, and a pair in it, with one to spare."""
_WIDEST = 100
"""The highest node of a `range`."""
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<word>[A-Za-z_]\w*)|(?P<text>'[^'\\\n]*'|\"[^\"\\\n]*\")|(?P<number>\d{1,9}(?!\d))|(?P<sign>[()\[\],=])"
)
_CLOSING = {"[": "]", "(": ")"}


class _Token(NamedTuple):
    """A word, a text in quotes, a number, a sign or the end, and the character where it begins, counted from 1."""

    kind: str
    text: str
    at: int


def read(text: str) -> dict[str, Any]:
    """Return field → value of a genotype; lists, tuples and ranges become lists. Nothing of the text is run.

    Raises:
        ValueError: the text is not that of a genotype; the message has the place.
    """
    if len(text) > LONGEST:
        raise ValueError(f"expected at most {LONGEST:,} characters, got {len(text):,}")
    return _Reader(text).genotype()


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0

    def genotype(self) -> dict[str, Any]:
        """Read the whole text."""
        self._expect("Genotype")
        self._expect("(")
        found: dict[str, Any] = {}
        while not self._skips(")"):
            field = self._take("word", "the name of a field")
            if field.text in found:
                raise _error(field, f"{field.text} is given twice")
            self._expect("=")
            found[field.text] = self._value(0)
            if not self._skips(","):
                self._expect(")")
                break
        self._take("end", "the end")
        return found

    def _value(self, depth: int) -> Any:
        token = self._token
        self._next += 1
        if token.kind == "text":
            return token.text[1:-1]
        if token.kind == "number":
            return int(token.text)
        if token.text == "range":
            return self._range()
        if token.text in _CLOSING and depth < _DEEPEST:
            return self._list(_CLOSING[token.text], depth)
        raise _error(token, f"expected a list, a pair, a number or a text in quotes, got {_shown(token)}")

    def _list(self, closing: str, depth: int) -> list[Any]:
        found = []
        while not self._skips(closing):
            found.append(self._value(depth + 1))
            if not self._skips(","):
                self._expect(closing)
                break
        return found

    def _range(self) -> list[int]:
        self._expect("(")
        low = int(self._take("number", "a number").text)
        self._expect(",")
        high = self._take("number", "a number")
        if int(high.text) > _WIDEST:
            raise _error(high, f"expected a range up to {_WIDEST} at most, got {high.text}")
        self._expect(")")
        return list(range(low, int(high.text)))

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _skips(self, text: str) -> bool:
        """Skip the next token where it is this word or sign, and return whether it is."""
        is_there = self._token.text == text
        self._next += is_there
        return is_there

    def _expect(self, text: str) -> None:
        if not self._skips(text):
            raise _error(self._token, f"expected {text!r}, got {_shown(self._token)}")

    def _take(self, kind: str, what: str) -> _Token:
        token = self._token
        if token.kind != kind:
            raise _error(token, f"expected {what}, got {_shown(token)}")
        self._next += 1
        return token


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"character {at + 1}: cannot read {brief(text[at : at + 10])}")
        if match.lastgroup != "space":
            yield _Token(str(match.lastgroup), match[0], at + 1)
        at = match.end()
    yield _Token("end", "", at + 1)


def _shown(token: _Token) -> str:
    return repr(token.text) if token.text else "the end"


def _error(token: _Token, message: str) -> ValueError:
    return ValueError(f"character {token.at}: {message}")
