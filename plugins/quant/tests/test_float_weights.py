"""What is said of weights that are not quantised."""

import re
import warnings

import fgspace
import pytest
import torch
from fgspace_quant.process import Quant, QuantWarning
from nets import Residual, made
from torch import nn

STAYS = "these weights stay float: "
EXPECTED = "; expected weights of Conv2d and Linear, the layers that are quantised"


def line(net, after):
    """Return file and line of the code that is some lines after the head of a network's `forward`."""
    code = net.forward.__code__
    return f"{__file__}:{code.co_firstlineno + after}"


class Attending(nn.Module):
    """Attention over rows of an image, between two linear layers."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.head = nn.Linear(8, 8), nn.Linear(8, 3)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        x = self.embed(x.flatten(1, 2))
        return self.head(self.attention(x, x, x)[0].mean(1))


class Own(nn.Module):
    """A weight of its own, used transposed, a scale and a position, which are no matrices to multiply by."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.weight = nn.Linear(8, 8), nn.Parameter(torch.randn(4, 8))
        self.scale, self.position = nn.Parameter(torch.ones(1, 8)), nn.Parameter(torch.zeros(1, 8, 8))

    def forward(self, x):
        return (self.linear(x.flatten(1, 2)) * self.scale + self.position) @ self.weight.t()


class Looked(nn.Module):
    """Rows of a table for the pixels of an image, and a table of bags."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.bags, self.head = nn.Embedding(9, 8), nn.EmbeddingBag(9, 8), nn.Linear(8, 3)

    def forward(self, x):
        pixels = x.flatten(1).long()
        return self.head(self.table(pixels).mean(1) + self.bags(pixels) + x.mean((1, 2, 3))[:, None])


class Paired(nn.Module):
    """A product of two features with a weight, and cells of recurrent networks, run one step."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.pair = nn.Linear(8, 8), nn.Bilinear(8, 8, 4)
        self.gru, self.lstm, self.rnn = nn.GRUCell(4, 4), nn.LSTMCell(4, 4), nn.RNNCell(4, 4)

    def forward(self, x):
        x = self.first(x.mean((1, 2)))
        return self.rnn(self.lstm(self.gru(self.pair(x, x)))[0])


class Signals(nn.Module):
    """Convolutions of a signal: one that the code calls, one in a container that it calls, and one that runs twice."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.body = nn.Conv1d(8, 4, 3), nn.Sequential(nn.ReLU(), nn.Conv1d(4, 4, 3, padding=1))
        self.again, self.head = nn.Conv1d(4, 4, 1), nn.Linear(6, 3)

    def forward(self, x):
        x = self.first(x.flatten(1, 2))
        x = self.again(self.body(x))
        return self.head(self.again(x))


class Words(nn.Module):
    """Embeds tokens, which are inputs, and positions, which are a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.positions, self.head = nn.Embedding(20, 8), nn.Embedding(6, 8), nn.Linear(8, 3)
        self.register_buffer("ids", torch.arange(6)[None])

    def forward(self, ids):
        places = self.positions(self.ids)
        words = self.words(ids)
        return self.head(words + places)


CASES = [
    (nn.Sequential(nn.Flatten(2), nn.Conv1d(1, 4, 3), nn.Flatten(1), nn.Linear(248, 3)), "'1' (Conv1d)"),
    (nn.Sequential(nn.Conv2d(1, 4, 3), nn.ConvTranspose2d(4, 2, 3)), "'1' (ConvTranspose2d)"),
    (nn.Sequential(nn.Flatten(1, 2), nn.Linear(8, 8), nn.LSTM(8, 5, batch_first=True)), "'2' (LSTM)"),
    (
        Attending(),
        f"'attention' (MultiheadAttention, {line(Attending, 2)}), "
        f"'attention.out_proj' (NonDynamicallyQuantizableLinear, {line(Attending, 2)})",
    ),
    (Own(), f"the model itself (Own, {line(Own, 1)})"),
    (nn.Sequential(nn.Flatten(1, 2), nn.Linear(8, 8), nn.GRU(8, 5, batch_first=True)), "'2' (GRU)"),
    (nn.Sequential(nn.Flatten(1, 2), nn.Linear(8, 8), nn.RNN(8, 5, batch_first=True)), "'2' (RNN)"),
    (Looked(), f"'table' (Embedding, {line(Looked, 2)}), 'bags' (EmbeddingBag, {line(Looked, 2)})"),
    (
        Paired(),
        f"'pair' (Bilinear, {line(Paired, 2)}), 'gru' (GRUCell, {line(Paired, 2)}), "
        f"'lstm' (LSTMCell, {line(Paired, 2)}), 'rnn' (RNNCell, {line(Paired, 2)})",
    ),
    (nn.Sequential(nn.Linear(8, 8), nn.Unflatten(1, (1, 1)), nn.Conv3d(1, 2, (1, 3, 3))), "'2' (Conv3d)"),
    (
        Signals(),
        f"'first' (Conv1d, {line(Signals, 1)}), 'body.1' (Conv1d, {line(Signals, 2)}), "
        f"'again' (Conv1d, {line(Signals, 2)})",
    ),
]
IDS = ["Conv1d", "ConvTranspose2d", "LSTM", "attention", "own", "GRU", "RNN", "Embedding", "Bilinear", "Conv3d"]
IDS += ["signals"]


@pytest.mark.parametrize(("model", "named"), CASES, ids=IDS)
def test_weights_that_stay_float_are_named_in_a_warning(model, named):
    message = f"{STAYS}{named}{EXPECTED}"
    with pytest.warns(QuantWarning, match=f"^{re.escape(message)}$"):
        Quant(2, 8)(model, (1, 8, 8))


@pytest.mark.parametrize(("model", "named"), CASES, ids=IDS)
def test_under_strict_they_are_an_error(model, named):
    message = f"{STAYS}{named}{EXPECTED}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Quant(2, 8, strict=True)(model, (1, 8, 8))


@pytest.mark.parametrize("kind", [Looked, Signals])
def test_of_costs_they_are_the_same_error(kind):
    model = kind()
    with pytest.raises(ValueError, match=f"^{STAYS}") as built:
        Quant(2, 8, strict=True)(model, (1, 8, 8))
    with pytest.raises(ValueError, match=f"^{STAYS}") as counted:
        Quant(2, 8, strict=True).cost(fgspace.trace.rows(model, (1, 8, 8)))
    assert str(counted.value) == str(built.value)


def test_tables_of_tokens_are_named_as_those_of_positions_are():
    named = f"'positions' (Embedding, {line(Words, 1)}), 'words' (Embedding, {line(Words, 2)})"
    message = f"{STAYS}{named}{EXPECTED}"
    with pytest.warns(QuantWarning, match=f"^{re.escape(message)}$"):
        Quant(2, 8)(Words(), {"shape": [6], "dtype": "int64", "below": 20})


def test_of_an_encoder_that_torch_can_run_in_one_call_the_linear_layers_are_quantised_and_attention_is_named():
    encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model = nn.Sequential(nn.Flatten(1, 2), nn.Linear(8, 8), encoder)
    with pytest.warns(QuantWarning, match="'2.self_attn' \\(MultiheadAttention\\)"):
        planned = Quant(2, 8)(model.eval(), (1, 8, 8)).plan
    assert list(planned.bits) == ["1", "2.linear1", "2.linear2"]


@pytest.mark.parametrize("parametrized", [False, True])
def test_of_a_network_of_quantised_layers_alone_nothing_is_said(parametrized):
    model = made(Residual)
    if parametrized:
        nn.utils.parametrizations.weight_norm(model.head)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Quant(2, 8, strict=True)(model, (1, 8, 8))


def test_counting_refuses_them_under_strict_as_building_does():
    net = {
        "type": "Sequential",
        "modules": ["flat", "conv", "last"],
        "flat": {"type": "Flatten", "start_dim": 2},
        "conv": {"type": "Conv1d", "out_channels": 4, "kernel_size": 3},
        "last": {"type": "Linear", "out_features": 10},
    }
    file = {"type": "FineGrainedSpace", "modules": ["net", "quant"], "net": net}
    counted = fgspace.space({**file, "quant": {"type": "Quant"}}, input_shape=(3, 8, 8)).cost()
    assert counted["bops"] == 4 * 62 * 9 * 32 * 32 + 4 * 62 * 10 * 64
    message = f"quant: {STAYS}'net.conv' (Conv1d){EXPECTED}"
    with pytest.raises(fgspace.FgspaceError, match=f"^{re.escape(message)}$"):
        fgspace.build({**file, "quant": {"type": "Quant", "strict": True}}, input_shape=(3, 8, 8))
