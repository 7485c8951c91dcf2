"""Everything that the plugin provides keeps its contract."""

from importlib.util import find_spec

from fgspace.testing import conformance

ABSENT = {
    name: f"{module} is not installed"
    for name, module in {"mlflow": "mlflow", "tensorboard": "tensorboard"}.items()
    if find_spec(module) is None
}

test = conformance("tracking", without=ABSENT)
