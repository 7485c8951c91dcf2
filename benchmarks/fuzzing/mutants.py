"""Mutants: files with a few changes of their lines and words, or of the tree of values in them."""

import copy
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping, MutableSequence, Sequence
from random import Random
from typing import Any

import yaml
from fgspace.documents.reader import read_text

SCALARS = (
    *("", "~", "null", "true", "false", "0", "1", "-1", "2", "3", "7", "0.5", "-0.0", "1e-5", "1e308", "1e999", ".nan"),
    *(".inf", "-.inf", "1000000", "1000000000", "9223372036854775807", "9223372036854775808", "010", "0x1F", "1_000"),
    *("1:30", "on", "auto", "x", "'x y'", '"\\u202e"', '"\\ud800"', '"\\0"', "é世", "😀", "a.b.c", ".", "..", "-", "?"),
    *("[]", "{}", "[[]]", "[0]", "[1, 2]", "[1, 1.0, true]", "{type: ReLU}", "{type: x}", "{type: FineGrainedSpace}"),
    *(
        "{type: Prune}",
        "{type: Quant}",
        "{type: Linear, out_features: 3}",
        "{type: Repeat}",
        "{type: Add, modules: []}",
    ),
    *("!!int ''", "!!bool maybe", "!!python/tuple [1, 2]", "!!python/name:os.system", "!!binary aGk=", "!!set {a}"),
    *("*nowhere", "&here 3", "*here", "<<", "? a", "|", ">", "%x", "@x", "`x`", "[1, 2", "{a: 1", "'x", '"x', "a: b"),
    *("ResNet", "MobileNetV2Space", "SANAS", "Digits", "ImageClassification", "Conv2d", "BasicBlock", "search_space"),
)
"""What stands in place of a word."""
DOMAINS: tuple[Any, ...] = (
    {"choice": [1, 2, 3]},
    {"choice": []},
    {"choice": [{"type": "ReLU"}, {"type": "Identity"}]},
    {"choice": [{"int": [1, 4]}, None, "x", [1, 2]]},
    {"choice": [[1, 2], [1, 2]]},
    {"int": [1, 8]},
    {"int": [8, 1]},
    {"int": [1, 64], "log": True},
    {"int": [0, 10**18]},
    {"int": [1, 9, 2]},
    {"float": [0.001, 1.0], "log": True},
    {"float": [0, 1, 0.05]},
    {"float": [0.0, 0.0]},
    {"float": [float("-inf"), float("nan")]},
    {"bits": 4},
    {"bits": 9, "ones": 3},
    {"bits": 9, "at_least": 8},
    {"bits": 100_000},
    {"vector": {"choice": [1, 2]}, "length": 3},
    {"vector": {"vector": {"int": [0, 3]}, "length": 2}, "length": 2},
    {"tokens": [2, 3, 4]},
    {"tokens": [0]},
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 3, 10**6, 2**63 - 1, -(2**63), 0.5, -1.5, float("nan"), float("inf"), "", "x"),
    *("auto", [], {}, [0, 1], [[1], [2, 3]], {"type": "ReLU"}, {"type": "Conv2d"}, {"type": ""}, {"type": None}),
    *({"modules": ["a"]}, {"type": "BasicBlock"}, {"type": "ResNet", "depth": 20}, {"type": "Prune", "ratios": 0.5}),
)
Known = Mapping[str, Sequence[str]]
"""Type → the names of its parameters."""
_WORD = re.compile(r"[\w.'-]+")

Holder = MutableMapping[str, Any] | MutableSequence[Any]


def mutant(corpus: Sequence[str], known: Known, seed: int, number: int) -> str:
    """Return the mutant of this number, the same every time."""
    rng = Random(f"{seed}/{number}")
    text = rng.choice(corpus)
    if rng.random() < 0.7:
        text = _of_tree(text, corpus, known, rng)
    return _of_text(text, corpus, rng) if rng.random() < 0.4 else text


def _of_text(text: str, corpus: Sequence[str], rng: Random) -> str:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if lines:
            rng.choice(_LINES)(lines, rng.choice(corpus).splitlines(), rng)
    return "\n".join(lines) + "\n"


def _of_tree(text: str, corpus: Sequence[str], known: Known, rng: Random) -> str:
    tree = copy.deepcopy(dict(read_text(text, "").data))
    other = dict(read_text(rng.choice(corpus), "").data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        places = list(_places(tree))
        if places and rng.random() < 0.3:
            _of_type(*rng.choice(places), known, rng)
        elif places:
            rng.choice(_TREES)(*rng.choice(places), list(_places(other)), rng)
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


def _of_type(holder: Any, key: Any, known: Known, rng: Random) -> None:
    """Give a part another type, or a value for one of the parameters that its type has."""
    part = holder[key] if isinstance(holder[key], dict) else holder
    if not isinstance(part, dict):
        return
    name = part["type"] if isinstance(part.get("type"), str) else ""
    if rng.random() < 0.3 or name not in known:
        part["type"] = rng.choice(list(known))
    elif known[name]:
        part[rng.choice(known[name])] = copy.deepcopy(rng.choice((*VALUES, *DOMAINS)))


def _places(node: Any) -> Iterator[tuple[Holder, Any]]:
    """Yield holder and key of every value in a tree."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield node, key
        yield from _places(node[key])


def _delete(lines: list[str], other: list[str], rng: Random) -> None:
    del lines[rng.randrange(len(lines))]


def _double(lines: list[str], other: list[str], rng: Random) -> None:
    line = rng.choice(lines)
    lines.insert(rng.choice(_like(lines, line, rng)), line)


def _swap(lines: list[str], other: list[str], rng: Random) -> None:
    one = rng.randrange(len(lines))
    two = rng.choice(_like(lines, lines[one], rng))
    lines[one], lines[two] = lines[two], lines[one]


def _borrow(lines: list[str], other: list[str], rng: Random) -> None:
    line = rng.choice(other)
    lines.insert(rng.choice(_like(lines, line, rng)), line)


def _like(lines: Sequence[str], line: str, rng: Random) -> Sequence[int]:
    """Return the numbers of the lines that are indented as a line is; sometimes, of all."""
    depth = len(line) - len(line.lstrip())
    alike = [at for at, one in enumerate(lines) if len(one) - len(one.lstrip()) == depth]
    return alike if alike and rng.random() < 0.8 else range(len(lines))


def _indent(lines: list[str], other: list[str], rng: Random) -> None:
    at = rng.randrange(len(lines))
    lines[at] = rng.choice((f"  {lines[at]}", f" {lines[at]}", f"\t{lines[at]}", lines[at].lstrip()))


def _word(lines: list[str], other: list[str], rng: Random) -> None:
    at = rng.randrange(len(lines))
    words = list(_WORD.finditer(lines[at]))
    if words:
        found = rng.choice(words)
        lines[at] = lines[at][: found.start()] + rng.choice(SCALARS) + lines[at][found.end() :]


def _letter(lines: list[str], other: list[str], rng: Random) -> None:
    at = rng.randrange(len(lines))
    cut = rng.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:cut] + rng.choice(("", *":{}[],&*!|>'\"#%@`-?~\x00\x1b\u2028")) + lines[at][cut + 1 :]


def _replace(holder: Any, key: Any, other: list[tuple[Any, Any]], rng: Random) -> None:
    holder[key] = copy.deepcopy(rng.choice(VALUES))


def _search(holder: Any, key: Any, other: list[tuple[Any, Any]], rng: Random) -> None:
    holder[key] = copy.deepcopy(rng.choice(DOMAINS))


def _choose(holder: Any, key: Any, other: list[tuple[Any, Any]], rng: Random) -> None:
    holder[key] = {"choice": [copy.deepcopy(holder[key]), copy.deepcopy(rng.choice(VALUES))]}


def _graft(holder: Any, key: Any, other: list[tuple[Any, Any]], rng: Random) -> None:
    branch, name = rng.choice(other)
    holder[key] = copy.deepcopy(branch[name])


def _alias(holder: Any, key: Any, other: list[tuple[Any, Any]], rng: Random) -> None:
    branch, name = rng.choice(list(_places(holder)))
    if not any(one is holder for one, _ in _places(branch[name])) and branch[name] is not holder:
        holder[key] = branch[name]


def _rename(holder: Any, key: Any, other: list[tuple[Any, Any]], rng: Random) -> None:
    if isinstance(holder, dict):
        _, name = rng.choice(other)
        value = holder.pop(key)
        holder[str(rng.choice((name, f"{key}x", "type", "modules", "", "evaluator", "hyper_parameters")))] = value


def _add(holder: Any, key: Any, other: list[tuple[Any, Any]], rng: Random) -> None:
    branch, name = rng.choice(other)
    if isinstance(holder, dict):
        holder[str(name)] = copy.deepcopy(branch[name])
    else:
        holder.insert(key, copy.deepcopy(branch[name]))


def _remove(holder: Any, key: Any, other: list[tuple[Any, Any]], rng: Random) -> None:
    del holder[key]


def _wrap(holder: Any, key: Any, other: list[tuple[Any, Any]], rng: Random) -> None:
    holder[key] = [holder[key]] * rng.choice((1, 2, 3))


def _number(holder: Any, key: Any, other: list[tuple[Any, Any]], rng: Random) -> None:
    """Change a number, or all numbers of a list, to others that are as plausible."""
    if isinstance(holder[key], int) and not isinstance(holder[key], bool):
        holder[key] = rng.choice((holder[key] + 1, holder[key] - 1, holder[key] * 2, -holder[key], holder[key] * 1000))
    elif isinstance(holder[key], list) and holder[key]:
        holder[key] = holder[key][: rng.randrange(len(holder[key]))]


_LINES: tuple[Callable[[list[str], list[str], Random], None], ...] = (
    *(_delete, _double, _swap, _borrow, _indent, *[_word] * 6, _letter),
)
_TREES: tuple[Callable[[Any, Any, list[tuple[Any, Any]], Random], None], ...] = (
    *(_replace, _replace, _search, _search, _choose, _graft, _alias, _rename, _add, _remove, _wrap, _number),
)
