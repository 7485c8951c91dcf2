"""The signatures of the modules of torch that are known without it are those that it has."""

import inspect
from typing import Any

import pytest
import torch
from fgspace.plugins.builtin import fgspace_provide_cost_rules
from fgspace.signatures import torch_modules
from fgspace.signatures.annotations import in_words
from fgspace.signatures.parameters import Parameter, parameters
from torch import nn

NAMES = sorted(one.name for one in fgspace_provide_cost_rules())
SAME = torch.__version__.startswith(f"{torch_modules.VERSION}.")


def told(one: Parameter) -> tuple[Any, ...]:
    words = in_words(one.annotation)
    is_known = "torch." not in words
    return one.name, one.default, one.kind, one.width, one.axis, words if is_known else in_words(Any)


def test_every_module_with_a_cost_rule_has_a_signature() -> None:
    functions = inspect.getmembers(torch_modules, inspect.isfunction)
    assert [name for name, _ in functions] == NAMES


@pytest.mark.skipif(not SAME, reason="signatures of another release of torch are not used")
@pytest.mark.parametrize("name", NAMES)
def test_a_signature_is_that_of_torch(name: str) -> None:
    known, true = (parameters(getattr(room, name)) for room in (torch_modules, nn))
    assert list(map(told, known.values())) == list(map(told, true.values()))
