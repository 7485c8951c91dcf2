"""Models whose weights are computed, have another precision, or are no numbers."""

import re

import pytest
import torch
from fgspace_quant.deployed import deployed
from fgspace_quant.export import to_onnx
from fgspace_quant.process import Quant
from nets import Residual, made
from torch import nn

SHAPE = (1, 8, 8)


@pytest.mark.parametrize("norm", [nn.utils.weight_norm, nn.utils.spectral_norm])
@pytest.mark.filterwarnings("ignore")
def test_weights_that_a_hook_computes_are_quantised_trained_and_deployed(norm):
    model, x = made(Residual), torch.rand(16, *SHAPE)
    norm(model.head)
    model(x)  # leaves a weight with a graph of gradients
    quantised = Quant(8, 8)(model, SHAPE)
    quantised.calibrate([x])
    assert float((quantised(x) - model(x)).detach().norm() / model(x).detach().norm()) < 0.05
    quantised.train()(x).sum().backward()
    assert all(parameter.grad is not None for parameter in quantised.model.head.parameters())
    with torch.no_grad():
        for parameter in quantised.model.head.parameters():
            parameter.mul_(2)
    quantised.eval()
    assert torch.allclose(deployed(quantised)(x), quantised(x), atol=1e-4)


@pytest.mark.parametrize("method", ["affine", "lsq", "pact", "dorefa"])
@pytest.mark.parametrize("observer", ["minmax", "ema", "percentile", "mse"])
def test_models_of_float64_are_calibrated_trained_and_evaluated(method, observer):
    model, x = made(Residual).double(), torch.rand(16, *SHAPE, dtype=torch.float64)
    quantised = Quant(8, 8, method=method, observer=observer)(model, SHAPE)
    quantised.calibrate([x, x])
    quantised.train()(x).sum().backward()
    assert quantised.eval()(x).dtype == torch.float64


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_models_of_16_bits_are_refused(dtype):
    kind = str(dtype).removeprefix("torch.")
    message = f"'stem.0.weight' is of {kind}; expected float32 or float64, quantise model.float()"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Quant(8, 8)(made(Residual).to(dtype), SHAPE)


def test_models_of_float64_are_not_exported():
    quantised = Quant(8, 8)(made(Residual).double(), SHAPE)
    quantised.calibrate([torch.rand(4, *SHAPE, dtype=torch.float64)])
    message = "'model.stem.0.weight' is of float64; expected a model of float32, export model.float()"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        to_onnx(quantised)


@pytest.mark.parametrize(
    ("change", "held"),
    [
        (lambda one: one * float("nan"), ": {n} of {n} numbers are NaN; give weights of a training that converged"),
        (lambda one: one + 1j, " is complex, and the network's is not; save its real part"),
    ],
)
@pytest.mark.parametrize("name", ["head.weight", "stem.1.running_var"])
def test_a_file_with_weights_that_are_no_real_numbers_is_refused(tmp_path, name, change, held):
    model, file = made(Residual), str(tmp_path / "weights.pt")
    state = model.state_dict()
    torch.save({**state, name: change(state[name])}, file)
    message = f"init_model_file: {name!r} in {file!r}{held.format(n=state[name].numel())}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Quant(8, 8, init_model_file=file)(model, SHAPE)


def test_a_model_with_nan_is_not_calibrated():
    model = made(Residual)
    with torch.no_grad():
        model.head.weight[0, 0] = float("nan")
    message = (
        "'head.weight' of the model holds NaN; expected real numbers, give weights of a model that was trained well"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Quant(8, 8)(model, SHAPE).calibrate([torch.rand(4, *SHAPE)])
