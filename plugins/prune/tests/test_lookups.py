"""Networks that take tokens: embeddings make channels, lookups by position keep them, and a cache is no output."""

import fgspace
import pytest
import torch
import torch.nn.functional as F
from fgspace_prune.finding import plan
from fgspace_prune.masking import masked
from fgspace_prune.process import Prune
from fgspace_prune.slicing import sliced
from messages import refused
from torch import nn

TOKENS = {"shape": [7], "dtype": "int64", "below": 11}


class Embedded(nn.Module):
    """An embedding of 8 features, and what is read of it."""

    def __init__(self):
        super().__init__()
        self.words, self.first, self.last = nn.Embedding(11, 8), nn.Linear(8, 6), nn.Linear(6, 3)
        self.places = nn.Parameter(torch.randn(9, 8))
        self.register_buffer("order", torch.arange(7).flip(0))

    def read(self, x):
        return x

    def forward(self, tokens):
        return self.last(self.first(self.read(self.words(tokens))).relu())


class Placed(Embedded):
    """A table of positions is added, of which rows are looked up."""

    def read(self, x):
        return x + self.places[self.order]


class Reordered(Embedded):
    """Tokens in another order, twice."""

    def read(self, x):
        return x[:, self.order].index_select(1, self.order)


class Taken(Embedded):
    """The last token of each, looked up in two dims."""

    def read(self, x):
        return x[torch.arange(len(x), device=x.device), self.order[:1]]


class Shuffled(Embedded):
    """Channels are looked up by position."""

    def read(self, x):
        return x[..., torch.tensor([7, 6, 5, 4, 3, 2, 1, 0])]


class Hidden(Embedded):
    """Elements are chosen by a mask."""

    def read(self, x):
        return x[x.abs() > -1].reshape(x.shape)


class Restrided(Embedded):
    """Pooling over tokens, after which torch changes the strides of dims of one element."""

    def read(self, x):
        return F.adaptive_avg_pool1d(x.transpose(1, 2), 1).flatten(1)


class Standard(Embedded):
    """Each token is divided by a root that cannot be zero, of the mean over tokens."""

    def read(self, x):
        return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-5) / (x.abs() + 0.1)


class Rooted(Embedded):
    """The same without anything added, which is not finite at zero."""

    def read(self, x):
        return x * torch.rsqrt(x.square().mean(1, keepdim=True))


NETS = {
    Embedded: {"words": 8, "first": 6},
    Placed: {"words": 8, "first": 6},
    Reordered: {"words": 8, "first": 6},
    Taken: {"words": 8, "first": 6},
    Shuffled: {"first": 6},
    Hidden: {"first": 6},
    Restrided: {"words": 8, "first": 6},
    Standard: {"words": 8, "first": 6},
    Rooted: {"first": 6},
}


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.__name__)
def test_the_masked_and_the_small_network_put_out_the_same(net):
    torch.manual_seed(0)
    model = net().double().eval()
    found = plan(model, TOKENS)
    assert {group.name: group.width for group in found.groups} == NETS[net]
    masks = {group.name: [0, 1, 1, 0, 1, 1, 0, 1][: group.width] for group in found.groups}
    given = fgspace.trace.example(TOKENS, 3, seed=1)
    assert torch.allclose(sliced(found, model, masks)(given), masked(found, model, masks)(given), atol=1e-10)
    Prune(masks=masks)(model, TOKENS)


def test_the_words_of_an_embedding_stay():
    net = nn.Sequential(nn.Embedding(11, 8)).eval()
    with refused("masks: no channel of '0' can be cut: '0' keeps its channels: they are the model's output"):
        Prune(masks={"0": [1] * 11})(net, TOKENS)


class Cache:
    """What a call of a network keeps for the next."""

    def __init__(self):
        self.keys = []

    def update(self, keys):
        self.keys.append(keys)


class Caching(nn.Module):
    """Puts out a cache beside its result."""

    def __init__(self):
        super().__init__()
        self.words, self.q, self.last = nn.Embedding(11, 16), nn.Linear(16, 16), nn.Linear(16, 3)

    def forward(self, tokens):
        cache, x = Cache(), self.q(self.words(tokens)).unflatten(-1, (-1, 4)).transpose(1, 2)
        cache.update(x)
        return {"logits": self.last(F.scaled_dot_product_attention(x, x, x).transpose(1, 2).flatten(2)), "cache": cache}


def test_a_cache_among_the_outputs_is_state_for_a_later_call():
    model = Caching().eval()
    assert {group.name: group.width for group in plan(model, TOKENS).groups} == {"words": 16, "q": 4}
    small = Prune(widths={"q": 1})(model, TOKENS)
    assert small.q.out_features == 4
    assert fgspace.trace.rows(small, TOKENS)[0].type == "Embedding"
