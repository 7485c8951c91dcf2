"""The parameters of a type, read from its signature."""

import inspect
from typing import Annotated, Any

from fgspace import FineGrainedSpace, InWidth, ModuleRef, OutWidth, Searched
from fgspace.network.parts.combinators import Add, Repeat, Sequential
from fgspace.signatures.parameters import parameters, spelled
from torch import nn


class Written(FineGrainedSpace):
    """A composite with every marker."""

    def constructor(
        self,
        base: InWidth,
        block: ModuleRef | None,
        bits: Annotated[list[int], Searched("bits")] = (),
        out: OutWidth = None,
        **rest: Any,
    ) -> None:
        """Do nothing."""


class AtOnce(FineGrainedSpace):
    """A composite with __init__."""

    def __init__(self, inchannel: int, kernel: "int" = 3) -> None:
        """Do nothing."""


class Lost(FineGrainedSpace):
    """A composite with an annotation that names nothing that exists."""

    def constructor(self, thing: "Nowhere", inchannel: "Nowhere") -> None:  # noqa: F821
        """Do nothing."""


def test_markers_say_what_a_type_cannot():
    read = parameters(Written)
    assert list(read) == ["base", "block", "bits", "out", "rest"]
    assert [read[name].width for name in read] == ["in", None, None, "out", None]
    assert [read[name].ref for name in read] == [None, "module", None, None, None]
    assert [read[name].searched for name in read] == [None, None, "bits", None, None]
    assert [read[name].required for name in read] == [True, True, False, False, False]
    assert [read[name].starred for name in read] == [False, False, False, False, True]


def test_a_composite_takes_what_its_constructor_or_its_init_takes():
    assert list(parameters(AtOnce)) == ["inchannel", "kernel"]
    assert parameters(AtOnce)["kernel"].annotation is int
    assert dict(parameters(FineGrainedSpace)) == {}


def test_conventional_names_are_input_widths():
    assert parameters(AtOnce)["inchannel"].width == "in"
    assert {name: parameters(kind)[name].width for kind, name in TORCH_WIDTHS} == dict.fromkeys(
        ["in_channels", "in_features", "num_features", "num_channels"], "in"
    )


TORCH_WIDTHS = [
    (nn.Conv2d, "in_channels"),
    (nn.Linear, "in_features"),
    (nn.BatchNorm2d, "num_features"),
    (nn.GroupNorm, "num_channels"),
]


def test_combinators_take_their_options():
    assert dict(parameters(Add)) == {}
    assert list(parameters(Sequential)) == ["out_list"]
    assert parameters(Repeat)["ref"].ref == "module"


def test_annotations_that_name_nothing_are_taken_for_any():
    read = parameters(Lost)
    assert (read["thing"].annotation, read["inchannel"].annotation) == (Any, Any)
    assert read["inchannel"].width == "in"


def test_every_module_of_torch_has_a_signature():
    from fgspace.plugins.torch_names import TORCH_NAMES

    for name in TORCH_NAMES:
        assert all(one.default is not ... for one in parameters(getattr(nn, name)).values())


def test_the_two_spellings_of_the_number_of_classes():
    def takes(num_classes: int) -> None: ...

    known = parameters(takes)
    assert [spelled(name, known) for name in ("num_class", "num_classes", "depth")] == ["num_classes"] * 2 + ["depth"]
    assert known["num_classes"].default is inspect.Parameter.empty
