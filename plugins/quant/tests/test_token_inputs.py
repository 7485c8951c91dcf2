"""Networks that take tokens, or several inputs by name, are quantised, calibrated and counted."""

import fgspace
import torch
from fgspace_quant.process import Quant
from torch import Tensor, nn

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
