"""A model without values is planned without torch's compiler, and its tensors have the shapes that torch gives them."""

import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from fgspace_prune.shapes import without_values
from torch.utils._python_dispatch import TorchDispatchMode

X, OTHER = torch.empty(2, 6, 9, 8, device="meta"), torch.empty(2, 6, 9, 8, device="meta")


def weight(*shape):
    return torch.empty(shape, device="meta")


def tensors(made):
    return made if isinstance(made, tuple | list) else (made,)


CALLS = {
    "convolution": lambda: F.conv2d(X, weight(4, 6, 3, 3), weight(4), stride=2, padding=1),
    "dilated": lambda: F.conv2d(X, weight(4, 6, 3, 2), dilation=(2, 3), padding=(1, 0)),
    "groups": lambda: F.conv2d(X, weight(12, 1, 1, 1), groups=6),
    "one dim": lambda: F.conv1d(X[0], weight(5, 9, 3)),
    "pooling": lambda: F.max_pool2d(X, 3, 2, 1),
    "pooling without stride": lambda: F.max_pool2d(X, (2, 3)),
    "norm": lambda: F.batch_norm(X, weight(6), weight(6), weight(6), weight(6)),
    "sum": lambda: X + OTHER,
    "scaled": lambda: X * OTHER,
    "broadcast": lambda: X + weight(6, 1, 1),
    "number": lambda: X + 1,
    "mean": lambda: X.mean((2, 3)),
    "kept": lambda: X.mean(-1, keepdim=True),
    "mean of all": lambda: X.mean(),
    "linear": lambda: F.linear(X.flatten(0, 2), weight(5, 8), weight(5)),
    "product": lambda: X[0, 0] @ weight(8, 3),
}


class Both(TorchDispatchMode):
    """Compares the results of each operation with those of torch."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        name = func._schema.name.split("::")[1]
        given = {**{a.name: a.default_value for a in func._schema.arguments if a.has_default_value()}, **(kwargs or {})}
        given |= dict(zip((a.name for a in func._schema.arguments), args, strict=False))
        ours = without_values(name, given)
        if ours is not None:
            read = 1 if "norm" in name else None  # the other results are statistics, which no layer reads
            for one, other in zip(tensors(ours)[:read], tensors(made)[:read], strict=True):
                assert (one.shape, one.dtype, one.device) == (other.shape, other.dtype, other.device)
        return made


@pytest.mark.parametrize("name", CALLS)
def test_the_results_have_the_shapes_and_types_of_those_of_torch(name):
    with Both():
        CALLS[name]()


@pytest.mark.parametrize("call", [lambda: F.conv2d(X, weight(4, 5, 3, 3)), lambda: F.conv2d(X, weight(4, 6, 10, 1))])
def test_an_operation_that_fails_is_left_to_torch(call):
    with pytest.raises(RuntimeError), Both():
        call()


ALONE = """
import sys, fgspace, torch
from fgspace_prune.process import Prune
with torch.device("meta"):
    net = fgspace.build({"type": "ResNet", "depth": 20, "small_input": True}, input_shape=(3, 32, 32))
print(len(Prune.plan(net.to("meta"), (3, 32, 32)).plan.groups), {"sympy", "torch._dynamo"} & {*sys.modules})
"""


@pytest.mark.needs("resnet")
def test_a_residual_network_is_planned_without_importing_the_compiler_of_torch():
    made = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    assert made.stdout == "12 set()\n"
