"""Every network of every space is cut from the space's bank: parameters, outputs and gradients, by plain slices."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import fgspace
import pytest
import torch
from torch import Tensor, nn

ROOT = Path(__file__).parents[1]
FILES = sorted([*ROOT.glob("examples/*.yaml"), *ROOT.glob("tests/reference/*.yaml")])
HALVED = {"input_size": 32, "output_size": 8, "block_num": 3, "num_class": 10}
NAMED = [
    {"type": "DartsCellSpace"},
    {"type": "DartsSpace"},
    {"type": "InceptionABlockSpace", **HALVED},
    {"type": "InceptionCBlockSpace", **HALVED},
    {"type": "MobileNetV1BlockSpace", **HALVED},
    {"type": "MobileNetV1Space"},
    {"type": "MobileNetV2BlockSpace", **HALVED},
    {"type": "MobileNetV2Space"},
    {"type": "NasBench201Space"},
    {"type": "ResNetBlockSpace", **HALVED},
    {"type": "ResNetSpace"},
]


def row(*modules: dict[str, Any], **searched: Any) -> dict[str, Any]:
    """Return a space of these modules in a row, named a, b, c and so on, with these domains."""
    names = "abcdefgh"[: len(modules)]
    paths = {name.replace("_in_", ".", 1): domain for name, domain in searched.items()}
    return {
        "type": "FineGrainedSpace",
        "hyper_parameters": paths,
        "modules": list(names),
        **dict(zip(names, modules, strict=True)),
    }


class Words(nn.Module):
    """Somebody's network of words: attention of some width and heads, and gates of some width, behind an embedding."""

    def __init__(self, width: int = 8, heads: int = 2, state: int = 6, layers: int = 1) -> None:
        super().__init__()
        self.embed = nn.Linear(4, width)
        self.place = nn.Parameter(torch.randn(5, width))
        self.attend = nn.ModuleList(nn.MultiheadAttention(width, heads, batch_first=True) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.gates = nn.GRU(width, state, bidirectional=True, batch_first=True)
        self.flat = nn.Linear(2 * state * 5, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 5, 4) to (N, 3)."""
        x = self.embed(x) + self.place
        for attend in self.attend:
            x = x + attend(x, x, x)[0]
        found: Tensor = self.flat(self.gates(self.norm(x))[0].flatten(1))
        return found


def choice(*options: Any) -> dict[str, Any]:
    return {"choice": list(options)}


SMALL = {
    "grouped": (
        row(
            {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "groups": 1},
            {"type": "GroupNorm", "num_groups": 2},
            {"type": "Conv2d", "out_channels": 8, "kernel_size": 1, "groups": 4},
            {"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 2, "stride": 2, "groups": 2},
            {"type": "Flatten"},
            {"type": "Linear", "out_features": 3},
            a_in_out_channels=choice(8, 16, 24),
            a_in_kernel_size=choice(1, 3, 5),
            c_in_out_channels=choice(8, 16),
            c_in_groups=choice(1, 4, 8),
            d_in_out_channels=choice(2, 4),
        ),
        (2, 9, 9),
    ),
    "inverted residuals": (
        row(
            {"type": "ConvNorm", "outchannel": 8, "kernel": 3},
            {"type": "InvertedResidual", "oup": 8, "kernel": 3, "expand_ratio": 2},
            {"type": "InvertedResidual", "oup": 16, "stride": 2, "kernel": 3, "expand_ratio": 2},
            {"type": "LinearClassificationHead", "num_class": 10},
            a_in_outchannel=choice(4, 8, 12),
            b_in_kernel=choice(3, 5, 7),
            b_in_expand_ratio=choice(1, 2, 6),
            c_in_oup=choice(8, 16),
            c_in_expand_ratio=choice(1, 3),
        ),
        (3, 12, 12),
    ),
    "transformer": (
        row(
            {"type": "Linear", "out_features": 16},
            {"type": "TransformerEncoderLayer", "d_model": 16, "nhead": 2, "dim_feedforward": 24, "batch_first": True},
            {"type": "Linear", "out_features": 3},
            a_in_out_features=choice(16),
            b_in_nhead=choice(2, 4),
            b_in_dim_feedforward=choice(8, 24, 32),
        ),
        (5, 4),
    ),
    "foreign": (
        row(
            {"type": "WordsForBank"},
            a_in_width=choice(8, 12, 16),
            a_in_heads=choice(2, 4),
            a_in_state=choice(3, 6),
            a_in_layers=choice(1, 2),
        ),
        (5, 4),
    ),
}


def small(name: str) -> fgspace.Space:
    if name == "foreign":
        fgspace.register("WordsForBank", Words)
    source, shape = SMALL[name]
    return fgspace.space(source, input_shape=shape)


def workspace(source: Any) -> fgspace.Space:
    """Return a space for images of at most 32×32, so that its networks run quickly."""
    space = fgspace.space(source)
    channels, *size = space.input_shape
    return space.with_input((channels, *(min(one, 32) for one in size)))


def sliced(whole: Tensor, owner: nn.Module, name: str, own: Tensor) -> Tensor | None:
    """Return what the documentation says that a parameter is of a tensor of the bank, None where it cannot be."""
    blocks = {nn.MultiheadAttention: 3, nn.LSTM: 4, nn.GRU: 3}.get(type(owner), 0)
    if isinstance(owner, nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.ConvTranspose1d | nn.ConvTranspose2d):
        blocks = owner.groups
    elif not blocks or not name.startswith(("in_proj", "weight_", "bias_")):
        return whole[tuple(slice(size) for size in own.shape)] if whole.dim() == own.dim() else None
    if whole.dim() != own.dim() + 1 or blocks > len(whole):
        return None
    of_each = (len(own) // blocks, *own.shape[1:])
    kernel = [] if isinstance(owner, nn.MultiheadAttention | nn.RNNBase) else list(range(2, own.dim()))
    cut = [slice(size) for size in of_each]
    for axis in kernel:
        edge = (whole.shape[axis + 1] - of_each[axis]) // 2
        cut[axis] = slice(edge, edge + of_each[axis])
    if any(size > have for size, have in zip(of_each, whole.shape[1:], strict=True)):
        return None
    return torch.cat([group[tuple(cut)] for group in whole[:blocks]])


def outputs(found: Any) -> list[Tensor]:
    return [found] if isinstance(found, Tensor) else [tensor for one in found for tensor in outputs(one)]


def run(model: nn.Module, inputs: Tensor) -> Tensor:
    """Return all that a network puts out, flat, and leave the gradients of a weighted sum of it."""
    flat = torch.cat([one.flatten() for one in outputs(model.eval()(inputs))])
    (flat * torch.linspace(-1, 1, flat.numel())).sum().backward()
    return flat.detach()


def check(bank: fgspace.Bank, point: dict[str, Any], seed: int) -> None:
    """Check the candidate at a point against its own network, into which plain slices of the bank are loaded."""
    space = bank.space
    candidate = bank.candidate(point)
    alone = fgspace.build(fgspace.split_processes(space.at(point))[0], input_shape=space.input_shape, init=False)
    alone.load_state_dict(dict(candidate.named_buffers()), strict=False)
    held, found = bank.state_dict(), {}
    for path, own in alone.named_parameters():
        owner, name = alone.get_submodule(path.rpartition(".")[0]), path.rpartition(".")[2]
        value = getattr(candidate.get_submodule(path.rpartition(".")[0]), name)
        cuts = {key: sliced(held[key], owner, name, own) for key in held if key.startswith(f"{path} of ")}
        (key,) = [key for key, cut in cuts.items() if cut is not None and torch.equal(cut, value)]
        own.data.copy_(cuts[key])
        found[path] = (key, owner, name)
    inputs = torch.randn(2, *space.input_shape, generator=torch.Generator().manual_seed(seed))
    for tensor in bank.parameters():
        tensor.grad = None
    expected, got = run(alone, inputs), run(candidate, inputs)
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-6 * max(1.0, float(expected.abs().max())))
    gradients = {key: torch.zeros_like(tensor) for key, tensor in held.items()}
    for path, own in alone.named_parameters():
        key, owner, name = found[path]
        places = torch.arange(held[key].numel()).view(held[key].shape)
        where = sliced(places, owner, name, own)
        gradients[key].view(-1)[where.flatten()] = own.grad.flatten() if own.grad is not None else 0
    for (key, gradient), tensor in zip(gradients.items(), bank.parameters(), strict=True):
        got = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
        assert torch.equal(got != 0, gradient != 0) or torch.allclose(got, gradient, atol=1e-6), key
        torch.testing.assert_close(got, gradient, rtol=1e-4, atol=1e-5 * max(1.0, float(gradient.abs().max())))


def bank_of(space: fgspace.Space) -> fgspace.Bank:
    """Return the bank of a space with values none of which is like another, norms included."""
    bank = fgspace.Bank(space)
    noise = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for tensor in bank.parameters():
            tensor.add_(0.05 * torch.randn(tensor.shape, generator=noise))
    return bank


def hold(make: Callable[[], fgspace.Space], points: int) -> None:
    space = make()
    bank = bank_of(space)
    for seed in range(points):
        point = space.sample(Random(seed))
        bank.cover([point])
        check(bank, point, seed)


@pytest.mark.parametrize("name", SMALL)
def test_candidates_of_grouped_depthwise_flattened_attending_and_foreign_networks_are_slices(name):
    hold(lambda: small(name), 4)


@pytest.mark.parametrize("source", ["early_stopping", "lowrank"])
def test_candidates_of_examples_are_slices(source):
    hold(lambda: workspace(str(ROOT / f"examples/{source}.yaml")), 3)


def test_candidates_of_a_token_space_are_slices():
    hold(lambda: workspace({"type": "MobileNetV1BlockSpace", **HALVED}), 2)


@pytest.mark.soak
@pytest.mark.parametrize("name", SMALL)
def test_two_hundred_candidates_of_each_small_space_are_slices(name):
    hold(lambda: small(name), 200)


@pytest.mark.soak
@pytest.mark.parametrize("source", [*map(str, FILES), *NAMED], ids=lambda one: Path(str(one)).stem)
def test_two_hundred_candidates_of_every_space_are_slices(source):
    hold(lambda: workspace(source), 200)
