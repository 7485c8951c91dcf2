"""Small networks with attention, one for each way of writing it, with the groups of heads and channels of each."""

import math
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import nn

TOKENS = (6, 16)


class Attending(nn.Module):
    """Tokens of 16 features, which read each other through 4 heads of 4 features, added to a residual of norms."""

    heads, width = 4, 4

    def __init__(self):
        super().__init__()
        inner = self.heads * self.width
        self.norm, self.head = nn.LayerNorm(16), nn.Linear(16, 3)
        self.q, self.k, self.v, self.out = (nn.Linear(16, inner) for _ in range(4))
        self.made()

    def made(self):
        """Make what else the network has."""

    def forward(self, x):
        return self.head(self.norm(x + self.out(self.attend(self.norm(x)))))

    def split(self, x):
        return x.view(*x.shape[:2], -1, 4).transpose(1, 2)

    def attend(self, x):
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


class ByAttribute(Attending):
    """The number of heads in an attribute, and the width of all heads in another."""

    def made(self):
        self.num_heads, self.all_head_size = 4, 16

    def split(self, x):
        return x.view(*x.shape[:2], self.num_heads, x.shape[-1] // self.num_heads).transpose(1, 2)

    def attend(self, x):
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        made = (q @ k.transpose(-1, -2) / math.sqrt(4)).softmax(-1) @ v
        return made.permute(0, 2, 1, 3).reshape(*x.shape[:2], self.all_head_size)


class ByProduct(ByAttribute):
    """All heads of a batch in one dim, as torch and older BART have them."""

    def split(self, x):
        return x.view(len(x), -1, self.num_heads, 4).transpose(1, 2).reshape(len(x) * self.num_heads, -1, 4)

    def attend(self, x):
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        made = torch.bmm(torch.bmm(q, k.transpose(1, 2)).softmax(-1), v)
        return made.view(len(x), self.num_heads, -1, 4).transpose(1, 2).reshape(*x.shape[:2], -1)


class ByConfiguration(Attending):
    """The number of heads in a configuration that two layers share, one of which keeps all."""

    def made(self):
        self.config = SimpleNamespace(num_heads=4)
        self.other = Other(self.config)

    def split(self, x):
        return x.unflatten(-1, (self.config.num_heads, 4)).transpose(1, 2)

    def attend(self, x):
        return super().attend(x) + self.other(x)


class Other(nn.Module):
    """Attention without an output projection: its heads are added to those of another."""

    def __init__(self, config):
        super().__init__()
        self.config, self.qkv, self.out = config, nn.Linear(16, 48), nn.Linear(16, 16)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, -1)
        q, k, v = (one.unflatten(-1, (self.config.num_heads, 4)).transpose(1, 2) for one in (q, k, v))
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Fused(Attending):
    """One projection for queries, keys and values, which are told apart by an unbind."""

    def made(self):
        self.qkv = nn.Linear(16, 48)

    def attend(self, x):
        q, k, v = self.qkv(x).reshape(*x.shape[:2], 3, -1, 4).permute(2, 0, 3, 1, 4).unbind(0)
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


class SplitBySize(Fused):
    """One projection, split by a size that is kept in an attribute, as GPT-2 has it."""

    def made(self):
        super().made()
        self.split_size = 16

    def attend(self, x):
        q, k, v = map(self.split, self.qkv(x).split(self.split_size, 2))
        return F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)


class ByEinsum(Attending):
    """Products written as sums over indices."""

    def attend(self, x):
        q, k, v = (one(x).view(*x.shape[:2], -1, 4) for one in (self.q, self.k, self.v))
        made = torch.einsum("bhts,bshd->bthd", torch.einsum("bthd,bshd->bhts", q, k).softmax(-1), v)
        return made.reshape(*x.shape[:2], -1)


class Grouped(Attending):
    """Two heads of keys and values, each for two heads of queries."""

    def made(self):
        self.k, self.v = nn.Linear(16, 8), nn.Linear(16, 8)

    def attend(self, x):
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        return F.scaled_dot_product_attention(q, k, v, enable_gqa=True).transpose(1, 2).flatten(2)


class Repeated(Grouped):
    """The same, where keys and values are repeated by hand."""

    def attend(self, x):
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        k, v = k.repeat_interleave(2, 1), v[:, :, None].expand(-1, -1, 2, -1, -1).flatten(1, 2)
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


class Rotated(Attending):
    """Positions are rotated into queries and keys by tables that lie in buffers."""

    def made(self):
        self.register_buffer("angles", torch.arange(6)[:, None] * torch.tensor([1.0, 0.1]).repeat(2))

    def rotated(self, x):
        first, second = x[..., :2], x[..., 2:]
        return x * self.angles.cos() + torch.cat([-second, first], -1) * self.angles.sin()

    def attend(self, x):
        q, k, v = self.rotated(self.split(self.q(x))), self.rotated(self.split(self.k(x))), self.split(self.v(x))
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


class Biased(Attending):
    """A term for each head from a table of relative positions, and queries and keys that are normalised by head."""

    def made(self):
        self.table, self.scale = nn.Embedding(11, 4), nn.Parameter(torch.ones(4, 1, 1))
        self.norms = nn.ModuleList([nn.RMSNorm(4), nn.LayerNorm(4)])

    def attend(self, x):
        places = torch.arange(6)
        bias = self.table(places[:, None] - places + 5).permute(2, 0, 1)
        q, k = self.norms[0](self.split(self.q(x))) * self.scale, self.norms[1](self.split(self.k(x)))
        made = (q @ k.transpose(2, 3) + bias).softmax(-1) @ self.split(self.v(x))
        return made.transpose(1, 2).flatten(2)


class NormedByHand(Attending):
    """Queries divided by the root of their mean square."""

    def attend(self, x):
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        q = q * torch.rsqrt(q.pow(2).mean(-1, keepdim=True) + 1e-6)
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


class Written(Attending):
    """The number of heads is written in the code."""

    def split(self, x):
        return x.view(*x.shape[:2], 4, -1).transpose(1, 2)


class OfTheInput(Attending):
    """The width of all heads is taken from the input, so it cannot be another one."""

    def attend(self, x):
        n, t, c = x.shape
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, c)


class Slopes(Attending):
    """A constant for each head is added."""

    def attend(self, x):
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        slopes = torch.linspace(0.1, 0.4, 4, dtype=x.dtype, device=x.device).reshape(4, 1, 1)
        return ((q @ k.transpose(2, 3) + slopes).softmax(-1) @ v).transpose(1, 2).flatten(2)


class Misleading(Attending):
    """An attribute has the value of the number of heads, which is written in the code all the same."""

    def made(self):
        self.layers = 4

    def split(self, x):
        return x.view(*x.shape[:2], 4, -1).transpose(1, 2)


class OfTorch(nn.Module):
    """`nn.MultiheadAttention`, called with these options."""

    def __init__(self, call=None, **options):
        super().__init__()
        self.norm, self.head, self.call = nn.LayerNorm(16), nn.Linear(16, 3), call or {}
        self.attention = nn.MultiheadAttention(16, 4, **{"batch_first": True, **options})

    def forward(self, x):
        y = self.norm(x)
        return self.head(self.norm(x + self.attention(y, y, y, **self.call)[0]))


class Second(OfTorch):
    """The batch is the second dim."""

    def __init__(self):
        super().__init__(batch_first=False)

    def forward(self, x):
        return super().forward(x.transpose(0, 1)).transpose(0, 1)


class Crossed(nn.Module):
    """Queries of one width over keys and values of others."""

    def __init__(self):
        super().__init__()
        self.keys, self.values, self.head = nn.Linear(16, 10), nn.Linear(16, 12), nn.Linear(16, 3)
        self.attention = nn.MultiheadAttention(16, 2, kdim=10, vdim=12, batch_first=True)

    def forward(self, x):
        return self.head(self.attention(x, self.keys(x), self.values(x))[0])


class Whole(nn.Module):
    """`nn.Transformer`, encoder and decoder."""

    def __init__(self):
        super().__init__()
        self.both, self.head = nn.Transformer(16, 4, 1, 1, 20, batch_first=True), nn.Linear(16, 3)

    def forward(self, x):
        return self.head(self.both(x, x))


def encoder():
    layer = nn.TransformerEncoderLayer(16, 4, 20, batch_first=True)
    return nn.Sequential(nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), nn.Linear(16, 3))


class Masked(OfTorch):
    """A causal mask and padding."""

    def forward(self, x):
        hidden = nn.Transformer.generate_square_subsequent_mask(6).to(x)
        padding = torch.zeros_like(x[..., 0])
        padding[:, 0] = -1.0
        y = self.norm(x)
        made = self.attention(y, y, y, padding, self.call.get("need_weights", True), hidden)
        return self.head(self.norm(x + made[0]))


ATTENDING = {
    "-1": (Attending, {"q": 4}),
    "attribute": (ByAttribute, {"q": 4}),
    "product": (ByProduct, {"q": 4}),
    "configuration": (ByConfiguration, {"q": 4, "other.qkv": 4}),
    "fused": (Fused, {"qkv": 4}),
    "split": (SplitBySize, {"qkv": 4}),
    "einsum": (ByEinsum, {"q": 4}),
    "grouped": (Grouped, {"q": 2}),
    "repeated": (Repeated, {"q": 2}),
    "rotated": (Rotated, {"q": 4}),
    "biased": (Biased, {"table": 4}),
    "normed by hand": (NormedByHand, {"q": 4}),
    "written": (Written, {}),
    "of the input": (OfTheInput, {}),
    "slopes": (Slopes, {}),
    "misleading": (Misleading, {}),
    "torch": (OfTorch, {"attention": 4}),
    "torch, no weights": (lambda: OfTorch({"need_weights": False}), {"attention": 4}),
    "torch, no bias": (lambda: OfTorch(bias=False), {"attention": 4}),
    "torch, batch second": (Second, {"attention": 4}),
    "torch, masked": (Masked, {"attention": 4}),
    "torch, masked, no weights": (lambda: Masked({"need_weights": False}), {"attention": 4}),
    "torch, biased keys": (lambda: OfTorch(add_bias_kv=True), {}),
    "torch, crossed": (Crossed, {"keys": 10, "values": 12, "attention": 2, "attention.out_proj": 16}),
    "encoder": (
        encoder,
        {f"0.layers.{i}.{name}": w for i in (0, 1) for name, w in (("self_attn", 4), ("linear1", 20))},
    ),
    "whole": (
        Whole,
        {
            "both.encoder.layers.0.self_attn": 4,
            "both.encoder.layers.0.linear1": 20,
            "both.decoder.layers.0.self_attn": 4,
            "both.decoder.layers.0.multihead_attn": 4,
            "both.decoder.layers.0.linear1": 20,
        },
    ),
}
"""Name → a function that makes a network of inputs of `TOKENS`, and its groups with their widths."""


def made(name, seed=0, dtype=torch.float64):
    """Return a network in evaluation mode, with random weights and biases, none of them zero."""
    torch.manual_seed(seed)
    model = ATTENDING[name][0]()
    for parameter in model.parameters():
        nn.init.normal_(parameter, 0.1, 0.4)
    return model.to(dtype).eval()
