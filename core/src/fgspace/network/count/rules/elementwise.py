"""Rules for modules that keep the shape: activations, softmax, dropout."""

from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from types import SimpleNamespace
from typing import Any

from fgspace.network.costs import Shape
from fgspace.network.count.rules.shapes import expect_dims, expect_positive, expect_tensor, expect_width
from fgspace.network.resolve.cost_rules import Counted

Check = Callable[[Shape, Mapping[str, Any]], None]


class _Keeps:
    """The rule of a module that keeps the shape of its input and has no parameters."""

    def __init__(self, *required: str, check: Check | None = None, **defaults: Any) -> None:
        kind = Parameter.POSITIONAL_OR_KEYWORD
        given = [Parameter(name, kind) for name in ("shape", *required)]
        optional = [Parameter(name, kind, default=default) for name, default in defaults.items()]
        self.__signature__ = Signature([*given, *optional])
        self._check = check

    def __call__(self, shape: Shape, *args: Any, **kwargs: Any) -> Counted:
        """Return the shape unchanged; raise TypeError if the module does not take the arguments."""
        bound = self.__signature__.bind(shape, *args, **kwargs)
        bound.apply_defaults()
        expect_tensor(shape)
        if self._check is not None:
            self._check(shape, bound.arguments)
        return shape, 0, 0


def _keeps_whatever(shape: Shape, *args: Any, **kwargs: Any) -> Counted:
    """Keep the shape, or the shapes of several tensors; arguments are ignored, as in torch."""
    return shape, 0, 0


def _softmax_2d(shape: Shape, *args: Any, **kwargs: Any) -> Counted:
    expect_dims(shape, 3)
    return shape, 0, 0


def _prelu(shape: Shape, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> Counted:
    expect_tensor(shape)
    expect_positive(num_parameters=num_parameters)
    if num_parameters != 1:
        expect_width("num_parameters", num_parameters, shape)
    return shape, num_parameters, 0


def _glu(shape: Shape, dim: int = -1) -> Counted:
    expect_tensor(shape)
    axis = axis_of(dim, shape)
    if shape[axis] % 2:
        raise ValueError(f"dimension {dim} must be even to be halved, but the input is {shape}")
    return (*shape[:axis], shape[axis] // 2, *shape[axis + 1 :]), 0, 0


def axis_of(dim: int, shape: Shape) -> int:
    """Return the index in the shape of torch's dimension `dim`, which counts the batch as 0."""
    count = len(shape) + 1
    axis = dim + count if dim < 0 else dim
    if not 1 <= axis < count:
        raise ValueError(f"dim must be from 1 to {count - 1} for an input of {shape}, 0 being the batch; got {dim}")
    return axis - 1


def _check_dim(shape: Shape, given: Mapping[str, Any]) -> None:
    if given["dim"] not in (None, 0, -len(shape) - 1):
        axis_of(given["dim"], shape)


def _check_probability(shape: Shape, given: Mapping[str, Any]) -> None:
    if not 0 <= given["p"] <= 1:
        raise ValueError(f"p must be from 0 to 1, got {given['p']!r}")


def _check_dropped_rows(shape: Shape, given: Mapping[str, Any]) -> None:
    _check_probability(shape, given)
    expect_dims(shape, 1, 2)


_INPLACE = ("Hardsigmoid", "Hardswish", "Mish", "ReLU", "ReLU6", "SELU", "SiLU")
_DROPOUT = ("AlphaDropout", "Dropout", "Dropout2d", "Dropout3d", "FeatureAlphaDropout")
_WHATEVER = ("Identity", "LogSigmoid", "Sigmoid", "Softsign", "Tanh", "Tanhshrink")

RULES = SimpleNamespace(
    **{
        **{name: _Keeps(inplace=False) for name in _INPLACE},
        **{name: _Keeps(p=0.5, inplace=False, check=_check_probability) for name in _DROPOUT},
        **{name: _Keeps(alpha=1.0, inplace=False) for name in ("CELU", "ELU")},
        **{name: _Keeps(lambd=0.5) for name in ("Hardshrink", "Softshrink")},
        **{name: _Keeps(dim=None, check=_check_dim) for name in ("LogSoftmax", "Softmax", "Softmin")},
        **{name: _keeps_whatever for name in _WHATEVER},
        "Dropout1d": _Keeps(p=0.5, inplace=False, check=_check_dropped_rows),
        "GELU": _Keeps(approximate="none"),
        "GLU": _glu,
        "Hardtanh": _Keeps(min_val=-1.0, max_val=1.0, inplace=False, min_value=None, max_value=None),
        "LeakyReLU": _Keeps(negative_slope=0.01, inplace=False),
        "PReLU": _prelu,
        "RReLU": _Keeps(lower=1 / 8, upper=1 / 3, inplace=False),
        "Softmax2d": _softmax_2d,
        "Softplus": _Keeps(beta=1.0, threshold=20.0),
        "Threshold": _Keeps("threshold", "value", inplace=False),
    }
)
