"""Networks that take tokens, or several inputs by name, are quantised, calibrated and counted."""

import fgspace
import pytest
import torch
from fgspace_quant.process import Quant
from torch import Tensor, nn

# the tables of the embeddings stay float, which test_float_weights.py is about
pytestmark = pytest.mark.filterwarnings("ignore:these weights stay float:fgspace_quant.process.QuantWarning")

TOKENS = {"shape": [6], "dtype": "int64", "below": 20}


class Reader(nn.Module):
    """Embeds tokens, and mixes them; a mask leaves some out."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.mix, self.out = nn.Embedding(20, 8), nn.Linear(8, 8), nn.Linear(8, 3)

    def forward(self, ids: Tensor, mask: Tensor | None = None) -> dict[str, Tensor]:
        x = self.words(ids)
        x = x if mask is None else x * mask[..., None]
        return {"logits": self.out(self.mix(x).relu())}


def error(model, quantised, x):
    with torch.no_grad():
        wanted, got = (fgspace.trace.call(one, x)["logits"] for one in (model, quantised))
    return float((got - wanted).norm() / wanted.norm())


def test_tokens_are_no_images_to_round():
    model = Reader().eval()
    quantised = fgspace.compress(model, {"type": "Quant"}, TOKENS).eval()
    assert "input" not in quantised.plan.quantisers
    batches = [fgspace.trace.example(TOKENS, 32, seed=seed) for seed in range(3)]
    quantised.calibrate(batches)
    assert 0 < error(model, quantised, batches[0]) < 0.03


def test_several_inputs_are_given_by_name():
    shape = {"ids": TOKENS, "mask": {"shape": [6], "dtype": "int64"}}
    model = Reader().eval()
    quantised = fgspace.compress(model, {"type": "Quant"}, shape).eval()
    batches = [fgspace.trace.example(shape, 32, seed=seed) for seed in range(3)]
    quantised.calibrate(batches)
    assert 0 < error(model, quantised, batches[0]) < 0.03


def test_they_are_counted_by_their_rows():
    costs = Quant(8, 8, first_last="same").count(Reader(), TOKENS)
    assert costs["bops"] == 6 * (64 + 24) * 64
    assert costs["weight_bytes"] == 64 + 24 + 4 * (8 + 3) * 2 + 4 * 160


@pytest.mark.parametrize(
    ("shape", "names"),
    [(TOKENS, ["tokens"]), ({"ids": TOKENS, "mask": {"shape": [6], "dtype": "int64"}}, ["ids", "mask"])],
    ids=["one", "several"],
)
def test_they_are_exported_under_their_names_for_any_batch(tmp_path, shape, names):
    pytest.importorskip("onnxscript", reason="the extra fgspace-plugin-quant[deploy] is not installed")
    onnxruntime = pytest.importorskip("onnxruntime", reason="the extra fgspace-plugin-quant[deploy] is not installed")
    from fgspace_quant.export import export

    quantised = fgspace.compress(Reader().eval(), {"type": "Quant"}, shape).eval()
    quantised.calibrate([fgspace.trace.example(shape, 32, seed=1)])
    assert export(quantised, tmp_path / "net.onnx").error < 1e-5
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == names
    assert [one.name for one in session.get_outputs()] == ["output"]
    given = fgspace.trace.example(shape, 5, seed=2)
    named = given if isinstance(given, dict) else {"tokens": given}
    (found,) = session.run(None, {name: one.numpy() for name, one in named.items()})
    with torch.no_grad():
        assert torch.allclose(torch.from_numpy(found), fgspace.trace.call(quantised, given)["logits"], atol=1e-4)


class Moved(Reader):
    """Moves its tokens before it looks them up, as GPT-2 does."""

    def forward(self, ids: Tensor) -> dict[str, Tensor]:
        return super().forward(ids.view(-1, ids.shape[-1]))


def test_layers_behind_tokens_that_are_moved_are_found():
    assert list(fgspace.compress(Moved().eval(), {"type": "Quant"}, TOKENS).plan.bits) == ["mix", "out"]
