"""Networks of plain torch, each with the shape of its input: what people write, and what is easily got wrong."""

import random

import torch
import torch.nn.functional as F
from torch import nn

IMAGE = (3, 8, 8)
TOKENS = {"shape": [6], "dtype": "int64", "below": 20}


class Net(nn.Module):
    """Calls `run(self, x)`, with the modules and parameters that are given as attributes."""

    def __init__(self, run, **attributes):
        super().__init__()
        self.run = run
        for name, value in attributes.items():
            setattr(self, name, value)

    def forward(self, x):
        return self.run(self, x)


class OwnInit(nn.Linear):
    """A linear layer with weights of its own making, and the forward of torch."""

    def reset_parameters(self):
        nn.init.orthogonal_(self.weight)
        nn.init.ones_(self.bias)


class OwnForward(nn.Linear):
    """A linear layer with a forward of its own."""

    def forward(self, x):
        return F.linear(x, self.weight * 2, self.bias)


class Pair(nn.Module):
    """Takes two inputs."""

    def __init__(self):
        super().__init__()
        self.left, self.right, self.head = nn.Linear(16, 12), nn.Embedding(20, 12), nn.Linear(12, 16)

    def forward(self, features, ids):
        return self.head(torch.relu(self.left(features) + self.right(ids).mean(1)))


def twice():
    layer = nn.Linear(16, 16)
    return nn.Sequential(layer, nn.ReLU(), layer), (16,)


def two_names():
    layer = nn.Linear(16, 16)
    return Net(lambda self, x: self.a(x) + self.b(x.tanh()), a=layer, b=layer), (5, 16)


def tokens():
    return nn.Sequential(nn.Embedding(20, 16), nn.Linear(16, 24), nn.GELU(), nn.Linear(24, 16)), TOKENS


def tied():
    net = nn.Sequential(nn.Embedding(20, 16), nn.Linear(16, 16), nn.Linear(16, 20, bias=False))
    net[2].weight = net[0].weight
    return net, TOKENS


def tied_bias():
    net = nn.Sequential(nn.Linear(16, 12), nn.ReLU(), nn.Linear(12, 12))
    net[2].bias = net[0].bias
    return net, (16,)


def grouped():
    return nn.Sequential(
        nn.Conv2d(3, 24, 1, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(24, 36, 1, groups=3),
        nn.Conv2d(36, 36, 1, groups=36),
    ), IMAGE


def padded():
    return nn.Sequential(
        nn.Conv2d(3, 12, 1, padding=1, padding_mode="reflect"), nn.Conv2d(12, 12, 1, padding="same", bias=False)
    ), IMAGE


def other_dims():
    def run(self, x):
        y = self.flat(x.flatten(2))
        return self.deep(y[:, :, None, None]).mean((2, 3, 4))

    return Net(run, flat=nn.Conv1d(3, 12, 1), deep=nn.Conv3d(12, 10, 1)), IMAGE


def windows():
    return Net(lambda self, x: self.fc(x.view(4, 16, 12)).view(1, 64, 12), fc=nn.Linear(12, 12)), (64, 12)


def folded_images():
    return Net(lambda self, x: self.conv(x.view(4, 12, 2, 2)).flatten()[None], conv=nn.Conv2d(12, 10, 1)), (3, 8, 8)


def query():
    """A layer that is called with a parameter: its rows have no input."""
    return Net(
        lambda self, x: x @ self.fc(self.query).T, fc=nn.Linear(16, 12), query=nn.Parameter(torch.randn(5, 16))
    ), (3, 12)


def encoder():
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), 2), (5, 16)


def encoder_layer():
    return nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, norm_first=True), (5, 16)


def attention():
    return Net(
        lambda self, x: self.out(self.mha(x, x, x)[0]), mha=nn.MultiheadAttention(16, 2), out=nn.Linear(16, 12)
    ), (5, 16)


def own_init():
    return nn.Sequential(OwnInit(16, 12), nn.ReLU(), OwnForward(12, 12)), (16,)


def parametrised():
    parametrize = nn.utils.parametrizations
    return nn.Sequential(parametrize.weight_norm(nn.Linear(16, 12)), nn.Linear(12, 12)), (16,)


def read_by_others():
    def run(self, x):
        x = self.first(x).to(self.second.weight.dtype)
        return self.second(x)

    return Net(run, first=nn.Linear(16, 12), second=nn.Linear(12, 12)), (16,)


def sizes_read_by_others():
    def run(self, x):
        x = self.fc(x.view(-1, self.fc.in_features)).view(-1, self.fc.out_features, 1, 1)
        return self.conv(F.pad(x, [0] * 2 * len(self.conv.kernel_size))) + self.conv.bias[:, None, None]

    return Net(run, fc=nn.Linear(16, 12), conv=nn.Conv2d(12, 14, 1)), (16,)


def unused():
    return Net(lambda self, x: self.used(x), used=nn.Linear(16, 12), unused=nn.Linear(16, 12)), (16,)


def lazy():
    return nn.Sequential(nn.Conv2d(3, 12, 1), nn.Flatten(), nn.LazyLinear(5)), IMAGE


def lone():
    return nn.Linear(16, 12), (3, 16)


def pair():
    return Pair(), {"features": {"shape": [16]}, "ids": TOKENS}


def doubles():
    return nn.Sequential(nn.Linear(16, 12), nn.ReLU(), nn.Linear(12, 12)).double(), {"shape": [16], "dtype": "float64"}


SPECIAL = (
    twice, two_names, tokens, tied, tied_bias, grouped, padded, other_dims, windows, folded_images, query, encoder,
    encoder_layer, attention, own_init, parametrised, read_by_others, sizes_read_by_others, unused, lazy, lone, pair,
    doubles,
)  # fmt: skip


def drawn(seed):
    """Return a network of images or of tokens with layers at random, and the shape of its input."""
    rng = random.Random(seed)
    if rng.random() < 0.4:
        width = rng.choice([8, 12])
        blocks = [Residual(rng, width) for _ in range(rng.randint(1, 3))]
        return nn.Sequential(nn.Embedding(20, width), *blocks, nn.LayerNorm(width), _linear(rng, width)[0]), TOKENS
    width, layers = rng.choice([8, 12]), []
    layers.append(nn.Conv2d(3, width, 3, padding=1))
    for _ in range(rng.randint(1, 4)):
        layer, width = _convolution(rng, width)
        layers += [layer, nn.BatchNorm2d(width), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), _linear(rng, width)[0]), IMAGE


class Residual(nn.Module):
    """Adds what two linear layers put out; `shared` calls the first of them once more."""

    def __init__(self, rng, width):
        super().__init__()
        self.wide, hidden = _linear(rng, width)
        self.thin = nn.Linear(hidden, width, bias=rng.random() < 0.5)
        self.shared = rng.random() < 0.3

    def forward(self, x):
        y = x + self.thin(torch.relu(self.wide(x)))
        return y + self.wide(y).mean(-1, keepdim=True) if self.shared else y


def _linear(rng, width):
    out = rng.choice([6, 10, 24])
    return nn.Linear(width, out, bias=rng.random() < 0.5), out


def _convolution(rng, width):
    out = rng.choice([8, 12, 24])
    groups = rng.choice([n for n in (1, 1, 2, 4, width) if width % n == 0 and out % n == 0])
    size = rng.choice([1, 1, 1, 3])
    options = {"stride": rng.choice([1, 2]), "padding": rng.choice([size // 2, 1]), "bias": rng.random() < 0.5}
    return nn.Conv2d(width, out, size, groups=groups, **options), out
