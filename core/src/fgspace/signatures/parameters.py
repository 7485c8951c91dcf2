"""Reads the parameters of a type from its signature, which is its schema."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from fgspace.signatures.markers import Holds, Ignored, InWidth, Ref, Searched, Width

WIDTH_NAMES = frozenset({"in_channels", "in_features", "num_features", "inchannel", "in_plane"})
"""What an input width is conventionally called, in torch and beyond it: these need no marker."""

_OTHER_SPELLING = {"num_class": "num_classes", "num_classes": "num_class"}
_IN_WIDTH: Any = InWidth  # the class, where a type checker sees an annotation
_TORCH = ("torch.nn.", "fgspace.signatures.torch_modules")
_STARRED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a type, as its signature and its markers describe it.

    `kind` is that of `inspect.Parameter`, `width` the side ("in" or "out") of a width, `axis` the axis of the input
    that an input width is the size of, `ref` the kind of type that is written there as a mapping, `searched` the
    default domain; `keeps_ones` says that a list of bits keeps its number of ones. `ignored` is the mark of one that
    changes no network, `holds` names entries of its mapping. `annotation` keeps the markers, `default` is
    `inspect.Parameter.empty` where there is none.
    """

    name: str
    annotation: Any = Any
    default: Any = inspect.Parameter.empty
    kind: Any = inspect.Parameter.POSITIONAL_OR_KEYWORD
    width: str | None = None
    axis: int = 0
    ref: str | None = None
    searched: Any = None
    follows: Callable[[Sequence[Any], Any], Any] | None = None
    keeps_ones: bool = False
    ignored: Ignored | None = None
    holds: Holds | None = None

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is inspect.Parameter.empty and self.kind not in _STARRED

    @property
    def starred(self) -> bool:
        """Whether it stands for any number of arguments."""
        return self.kind in _STARRED


@cache
def parameters(target: Callable[..., Any]) -> Mapping[str, Parameter]:
    """Return name → parameter of a type, in the order of its signature.

    A class may have a classmethod `fgspace_schema` that returns the method whose signature counts, as a
    `FineGrainedSpace` returns its `constructor`. Annotations that are strings are evaluated, or else taken for `Any`.
    """
    return {parameter.name: _read(parameter, target) for parameter in _signature(target).parameters.values()}


def spelled(name: str, known: Mapping[str, Parameter]) -> str:
    """Return a parameter's name as in the signature; `num_class` and `num_classes` stand for each other."""
    other = _OTHER_SPELLING.get(name)
    return other if other is not None and name not in known and other in known else name


def ignored(name: str, known: Mapping[str, Parameter], given: Mapping[str, Any]) -> str | None:
    """Return the note that a space of this name ignores some of the parameters given; None where there is none."""
    marks = {key: known[key].ignored for key, value in given.items() if key in known and value is not None}
    reasons = {key: mark.why for key, mark in marks.items() if mark is not None and mark.why}
    if not reasons:
        return None
    return f"{name} ignores {' and '.join(reasons)}: {', '.join(dict.fromkeys(reasons.values()))}"


def _signature(target: Callable[..., Any]) -> inspect.Signature:
    schema = getattr(target, "fgspace_schema", None)
    source = schema() if schema is not None else target
    try:
        signature = inspect.signature(source, eval_str=True)
    except NameError:
        signature = inspect.signature(source)
    given = list(signature.parameters.values())
    return signature if schema is None else signature.replace(parameters=given[1:])


def _read(parameter: inspect.Parameter, target: Callable[..., Any]) -> Parameter:
    annotation = _plain(Any if isinstance(parameter.annotation, str) else parameter.annotation)
    marks = _marks(annotation)
    width, axis = _width(parameter.name, marks, target)
    return Parameter(
        parameter.name,
        Any if annotation is inspect.Parameter.empty else annotation,
        parameter.default,
        parameter.kind,
        width,
        axis,
        next((mark.kind for mark in marks if isinstance(mark, Ref)), None),
        next((mark.domain for mark in marks if isinstance(mark, Searched)), None),
        next((mark.follows for mark in marks if isinstance(mark, Searched)), None),
        any(mark.keeps_ones for mark in marks if isinstance(mark, Searched)),
        next((mark for mark in marks if isinstance(mark, Ignored)), None),
        next((mark for mark in marks if isinstance(mark, Holds)), None),
    )


def _width(name: str, marks: tuple[Any, ...], target: Callable[..., Any]) -> tuple[str | None, int]:
    """Return the side of a width, None for a parameter that is none, and the axis that an input width follows."""
    side = next((mark.side for mark in marks if isinstance(mark, Width)), None)
    if side is not None:
        return side, 0
    marked = next((mark for mark in marks if isinstance(mark, _IN_WIDTH)), None)
    if marked is None and not _is_width(name, target):
        return None, 0
    given = None if marked is None else marked.axis
    return "in", (-1 if name == "in_features" else 0) if given is None else given


def _plain(annotation: Any) -> Any:
    """Return an annotation in which `InWidth` by itself is an `int` that is marked so."""
    if annotation is _IN_WIDTH:
        return Annotated[int, _IN_WIDTH()]
    if get_origin(annotation) in (Union, UnionType):
        return Union[tuple(map(_plain, get_args(annotation)))]  # noqa: UP007  # of a tuple, there is no other way
    return annotation


def _marks(annotation: Any) -> tuple[Any, ...]:
    """Return the markers of an annotation, those inside `X | None` included."""
    options = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()
    inner = tuple(mark for option in options for mark in _marks(option))
    return (*getattr(annotation, "__metadata__", ()), *inner)


def _is_width(name: str, target: Callable[..., Any]) -> bool:
    return name in WIDTH_NAMES or (name == "num_channels" and getattr(target, "__module__", "").startswith(_TORCH))
