"""Computed weights, every float type, attention: channels are cut or stay with a note; broken weights are named."""

import copy
import re
import warnings

import pytest
import torch
from fgspace_prune.finding import plan
from fgspace_prune.process import Prune, PruneWarning
from messages import refused
from torch import nn
from torch.nn.utils.parametrizations import orthogonal, spectral_norm, weight_norm

IMAGE = (3, 12, 12)


class Computed(nn.Module):
    """A convolution, then a layer whose weight may be computed; the convolution before them can be cut."""

    def __init__(self, computed, layer=None):
        super().__init__()
        torch.manual_seed(0)
        self.stem, self.conv = nn.Conv2d(3, 6, 3), nn.Conv2d(6, 12, 3)
        self.layer = computed(layer or nn.Linear(12, 8))
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        made = self.conv(self.stem(x).relu())
        pooled = made.mean((2, 3)) if isinstance(self.layer, nn.Linear) else self.layer(made).mean((2, 3))
        return self.head(self.layer(pooled) if isinstance(self.layer, nn.Linear) else pooled)


def old_weight_norm(layer):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return torch.nn.utils.weight_norm(layer)


def cut(model, **options):
    """Return the model pruned to half; it must compute what the masked one does."""
    options = {"ratios": 0.5, **options}
    x = torch.randn(2, *IMAGE, dtype=next(model.parameters()).dtype)
    small, zeroed = (Prune(**options, physical=physical)(model.eval(), IMAGE) for physical in (True, False))
    torch.testing.assert_close(small(x), zeroed(x), rtol=0.02, atol=0.02)
    return small


@pytest.mark.parametrize(
    "computed", [weight_norm, old_weight_norm, spectral_norm, torch.nn.utils.spectral_norm, orthogonal]
)
@pytest.mark.parametrize("layer", [nn.Linear(12, 8), nn.Linear(12, 8, bias=False), nn.Conv2d(12, 8, 3)], ids=str)
@pytest.mark.filterwarnings("ignore::fgspace_prune.process.PruneWarning")
def test_what_meets_a_computed_weight_stays_and_the_rest_is_cut(computed, layer):
    model = Computed(computed, copy.deepcopy(layer))
    small = cut(model)
    assert small.stem.weight.shape == (3, 3, 3, 3)
    assert small.conv.weight.shape == (12, 3, 3, 3)
    assert small.layer.weight.shape == model.layer.weight.shape
    assert any(note.startswith("'conv' keeps its channels: ") for note in plan(model, IMAGE).notes)
    assert Prune(ratios=0.5).count(model, IMAGE)["params"] == sum(p.numel() for p in small.parameters())


def test_a_model_of_the_old_weight_norm_trains_after_it_was_pruned():
    small = cut(Computed(old_weight_norm)).train()
    small(torch.randn(2, *IMAGE)).sum().backward()
    assert bool(small.layer.weight_v.grad.abs().sum() > 0)


def test_a_model_whose_weights_are_all_computed_says_so():
    class Centred(nn.Conv2d):
        def forward(self, x):
            return self._conv_forward(x, self.weight - self.weight.mean(), None)

    with pytest.warns(PruneWarning) as warned:
        Prune(ratios=0.5)(nn.Sequential(Centred(3, 8, 3), Centred(8, 4, 3)), IMAGE)
    (message,) = (str(one.message) for one in warned)
    assert "they meet a weight that the network computes" in message
    assert "'0' keeps its channels" in message
    assert f"({__file__}:" in message


def test_a_model_of_which_no_channel_can_be_cut_is_said():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.LayerNorm(400))
    note = (
        "ratios: no channel can be cut: '0' keeps its channels: layer norm mixes all channels; "
        "'0' keeps its channels: they are the model's output"
    )
    with pytest.warns(PruneWarning, match=f"^{re.escape(note)}$"):
        Prune(ratios=0.5)(model, IMAGE)
    with refused(note):
        Prune(ratios=0.5, strict=True)(model, IMAGE)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16], ids=str)
def test_models_of_every_float_type_are_cut_and_keep_their_type(dtype):
    blocks = [nn.Sequential(nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU()) for _ in range(8)]
    model = nn.Sequential(nn.Conv2d(3, 16, 3), *blocks, nn.Flatten(), nn.Linear(1600, 5)).to(dtype)
    small = cut(model)
    assert {one.dtype for one in small.parameters()} == {dtype}
    assert small[0].weight.shape == (8, 3, 3, 3)


class Attends(nn.Module):
    """The channels of a convolution are the tokens' features; `keys` says what attention reads."""

    def __init__(self, keys, **options):
        super().__init__()
        self.conv, self.other, self.keys = nn.Conv2d(3, 16, 3), nn.Conv2d(3, 16, 3), keys
        self.attention, self.head = nn.MultiheadAttention(16, 4, batch_first=True, **options), nn.Linear(16, 10)

    def forward(self, x):
        q, k = (conv(x).flatten(2).transpose(1, 2) for conv in (self.conv, self.other))
        return self.head(self.attention(q, *((k, k) if self.keys else (q, q)))[0].mean(1))


@pytest.mark.parametrize("options", [{}, {"bias": False}, {"add_bias_kv": True}, {"kdim": 16, "vdim": 16}], ids=str)
@pytest.mark.parametrize("keys", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_the_channels_that_attention_reads_stay_with_a_note(keys, options, training):
    model = Attends(keys, **options).train(training)
    found = plan(model, IMAGE)
    assert any("'conv'" in note and "attention checks the width of its queries" in note for note in found.notes)
    small = Prune(ratios=0.5)(model, IMAGE)
    assert small.conv.weight.shape == (16, 3, 3, 3)
    assert small.training == training
    assert small(torch.randn(2, *IMAGE)).shape == (2, 10)
    assert small.head.weight.shape == (10, 8)


def test_weights_of_a_file_that_are_nan_or_complex_are_named(tmp_path):
    file, model = str(tmp_path / "full.pth"), nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 2, 1))
    state = model.state_dict()
    torch.save({**state, "1.weight": state["1.weight"].clone().index_fill_(1, torch.tensor(2), torch.nan)}, file)
    with refused(
        f"init_model_file: '1.weight' in {file!r}: 2 of 8 numbers are NaN; give weights of a training that converged"
    ):
        Prune(ratios=0.5, init_model_file=file)(model, IMAGE)
    torch.save({**state, "0.bias": state["0.bias"].to(torch.complex64)}, file)
    with refused(f"init_model_file: '0.bias' in {file!r} is complex, and the network's is not; save its real part"):
        Prune(ratios=0.5, init_model_file=file)(model, IMAGE)
    torch.save({**state, "unknown": torch.tensor(torch.nan)}, file)
    with pytest.warns(PruneWarning, match="is not in the network: 'unknown'$"):
        Prune(ratios=0.5, init_model_file=file)(model, IMAGE)
