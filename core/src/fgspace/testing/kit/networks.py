"""Ten small networks of plain torch, one of each structure that published networks have, for processes to take."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

IMAGE, TOKENS = (3, 16, 16), {"shape": [6], "dtype": "int64", "below": 20}


class _Net(nn.Module):
    """Runs a function of itself, with modules and parameters as attributes."""

    def __init__(self, run: Callable[..., Any], **attributes: Any) -> None:
        super().__init__()
        self.run = run
        for name, value in attributes.items():
            setattr(self, name, value)

    def forward(self, *args: Tensor, **kwargs: Tensor) -> Any:
        return self.run(self, *args, **kwargs)


class _Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left, self.right, self.head = nn.Linear(16, 12), nn.Embedding(20, 12), nn.Linear(12, 16)

    def forward(self, features: Tensor, ids: Tensor) -> Any:
        return self.head(F.relu(self.left(features) + self.right(ids).mean(1)))


def _conv(inputs: int, outputs: int, size: int = 3, **options: Any) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False, **options)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())


def _head(width: int) -> nn.Sequential:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))


def _perceptron() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 32), nn.ReLU(), nn.Linear(32, 10))


def _plain() -> nn.Module:
    pooled = nn.Sequential(_conv(3, 16), nn.MaxPool2d(2), _conv(16, 24), nn.MaxPool2d(2), _conv(24, 32))
    return nn.Sequential(pooled, _head(32))


def _residual() -> nn.Module:
    def run(net: Any, x: Tensor) -> Any:
        x = net.stem(x)
        x = F.relu(x + net.second(net.first(x)))
        return net.head(F.relu(net.shortcut(x) + net.fourth(net.third(x))))

    return _Net(
        run,
        stem=_conv(3, 16),
        first=_conv(16, 16),
        second=_conv(16, 16),
        shortcut=nn.Conv2d(16, 32, 1, stride=2),
        third=_conv(16, 32, stride=2),
        fourth=_conv(32, 32),
        head=_head(32),
    )


def _separable() -> nn.Module:
    def separable(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(_conv(inputs, inputs, groups=inputs), _conv(inputs, outputs, 1))

    return nn.Sequential(_conv(3, 8, stride=2), separable(8, 16), separable(16, 24), _head(24))


def _dense() -> nn.Module:
    def run(net: Any, x: Tensor) -> Any:
        x = net.stem(x)
        x = torch.cat([x, net.first(x)], 1)
        x = torch.cat([x, net.second(x)], 1)
        return net.head(x)

    return _Net(run, stem=_conv(3, 16), first=_conv(16, 8), second=_conv(24, 8), head=_head(32))


def _excited() -> nn.Module:
    def run(net: Any, x: Tensor) -> Any:
        x = net.wide(net.stem(x))
        return net.head(net.narrow(x * net.gate(x)))

    squeeze = [nn.AdaptiveAvgPool2d(1), nn.Conv2d(32, 8, 1), nn.ReLU(), nn.Conv2d(8, 32, 1), nn.Sigmoid()]
    return _Net(
        run,
        stem=_conv(3, 16, stride=2),
        wide=_conv(16, 32),
        gate=nn.Sequential(*squeeze),
        narrow=_conv(32, 16, 1),
        head=_head(16),
    )


def _attention(net: Any, x: Tensor) -> Any:
    """Return the sum of a sequence (N, L, 32) and its attention to itself, with four heads."""
    query, key, value = net.qkv(net.norm1(x)).unflatten(-1, (3, 4, 8)).permute(2, 0, 3, 1, 4)
    mixed = F.scaled_dot_product_attention(query, key, value, is_causal=net.causal)
    return x + net.mix(mixed.transpose(1, 2).flatten(2))


def _transformer(net: Any, x: Tensor) -> Any:
    x = _attention(net, x)
    return x + net.down(F.gelu(net.up(net.norm2(x))))


def _of_transformer(causal: bool) -> dict[str, Any]:
    norms = {name: nn.LayerNorm(32) for name in ("norm1", "norm2")}
    linear = {"qkv": nn.Linear(32, 96), "mix": nn.Linear(32, 32), "up": nn.Linear(32, 64), "down": nn.Linear(64, 32)}
    return {**norms, **linear, "causal": causal}


def _vision_transformer() -> nn.Module:
    def run(net: Any, x: Tensor) -> Any:
        x = net.patches(x).flatten(2).transpose(1, 2) + net.places
        return net.head(_transformer(net, x).mean(1))

    patches, places = nn.Conv2d(3, 32, 4, stride=4), nn.Parameter(torch.randn(1, 16, 32) * 0.02)
    return _Net(run, patches=patches, places=places, head=nn.Linear(32, 10), **_of_transformer(False))


def _language_model() -> nn.Module:
    def run(net: Any, ids: Tensor) -> Any:
        return net.head(_transformer(net, net.words(ids)))

    words, head = nn.Embedding(20, 32), nn.Linear(32, 20, bias=False)
    head.weight = words.weight
    return _Net(run, words=words, head=head, **_of_transformer(True))


def _shared() -> nn.Module:
    layer = nn.Linear(16, 16)
    return nn.Sequential(layer, nn.ReLU(), layer, nn.ReLU(), nn.Linear(16, 10))


NETWORKS: Mapping[str, tuple[Callable[[], nn.Module], Any]] = MappingProxyType(
    {
        "perceptron": (_perceptron, (1, 8, 8)),
        "plain convolutions": (_plain, IMAGE),
        "residual blocks": (_residual, IMAGE),
        "separable convolutions": (_separable, IMAGE),
        "concatenation": (_dense, IMAGE),
        "squeeze and excitation": (_excited, IMAGE),
        "vision transformer": (_vision_transformer, IMAGE),
        "language model with tied weights": (_language_model, TOKENS),
        "a layer that runs twice": (_shared, (16,)),
        "two inputs by name": (_Two, {"features": {"shape": [16]}, "ids": TOKENS}),
    }
)
"""Name → what makes the network, and its input as a file writes it."""


def made(name: str) -> nn.Module:
    """Return the network of a name, in evaluation, with the same weights each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return NETWORKS[name][0]().eval()
