"""Small networks, one for each way in which pruning is known to go wrong, with the groups of channels that each has."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

IMAGE = (3, 12, 12)


def conv(i: int, o: int, k: int = 3, **options) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(i, o, k, padding=k // 2, bias=False, **options), nn.BatchNorm2d(o), nn.ReLU(True))


class Net(nn.Module):
    """A stem of 8 channels, a body, global pooling and a classifier of `width` features."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.stem = conv(3, 8)
        self.head = nn.Linear(width, 5)

    def body(self, x: Tensor) -> Tensor:
        return x

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.adaptive_avg_pool2d(self.body(self.stem(x)), 1).flatten(1))


class Plain(Net):
    """Convolutions one after another, with biases that batch norm repeats."""

    def __init__(self) -> None:
        super().__init__(10)
        self.a = nn.Sequential(nn.Conv2d(8, 6, 3), nn.BatchNorm2d(6), nn.Sigmoid(), nn.Conv2d(6, 10, 3))

    def body(self, x):
        return self.a(x)


class Residual(Net):
    """The sum ties the stem to the block's last convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = conv(8, 6), conv(6, 8)

    def body(self, x):
        return x + self.b(self.a(x))


class PreActivation(Net):
    """Batch norm before each convolution, on the sum itself."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList([nn.BatchNorm2d(8), nn.BatchNorm2d(6)])
        self.convs = nn.ModuleList([nn.Conv2d(8, 6, 3, padding=1), nn.Conv2d(6, 8, 3, padding=1)])

    def body(self, x):
        y = x
        for norm, layer in zip(self.norms, self.convs, strict=True):
            y = layer(norm(y).relu())
        return x + y


class Dense(Net):
    """Each layer reads all before it, concatenated, through a norm of its own."""

    def __init__(self) -> None:
        super().__init__(16)
        self.norms = nn.ModuleList([nn.BatchNorm2d(8), nn.BatchNorm2d(12)])
        self.convs = nn.ModuleList([nn.Conv2d(8, 4, 3, padding=1), nn.Conv2d(12, 4, 3, padding=1)])

    def body(self, x):
        for norm, layer in zip(self.norms, self.convs, strict=True):
            x = torch.cat([x, layer(norm(x).relu())], 1)
        return x


class Concat(Net):
    """Two branches side by side."""

    def __init__(self) -> None:
        super().__init__(8)
        self.a, self.b, self.c = conv(8, 4), conv(8, 6, 1), conv(10, 8)

    def body(self, x):
        return self.c(torch.cat([self.a(x), self.b(x)], 1))


class Depthwise(Net):
    """Expand, depthwise, project, with a residual sum."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = conv(8, 12, 1), conv(12, 12, groups=12), conv(12, 8, 1)

    def body(self, x):
        return x + self.c(self.b(self.a(x)))


class Multiplier(Net):
    """A depthwise convolution that makes two channels of each."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.b = conv(8, 16, groups=8), conv(16, 6, 1)

    def body(self, x):
        return self.b(self.a(x))


class Grouped(Net):
    """A convolution of four groups."""

    def __init__(self) -> None:
        super().__init__(8)
        self.a, self.b, self.c = conv(8, 16, 1), conv(16, 24, groups=4), conv(24, 8, 1)

    def body(self, x):
        return self.c(self.b(self.a(x)))


class SqueezeConv(Net):
    """Squeeze and excite by 1×1 convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.down, self.up = conv(8, 12), nn.Conv2d(12, 4, 1), nn.Conv2d(4, 12, 1)
        self.b = conv(12, 8)

    def body(self, x):
        x = self.a(x)
        return self.b(x * self.up(self.down(F.adaptive_avg_pool2d(x, 1)).relu()).sigmoid())


class SqueezeLinear(Net):
    """Squeeze and excite by linear layers and views."""

    def __init__(self) -> None:
        super().__init__(12)
        self.a, self.down, self.up = conv(8, 12), nn.Linear(12, 4), nn.Linear(4, 12)

    def body(self, x):
        x = self.a(x)
        b, c = x.shape[:2]
        return x * F.hardsigmoid(self.up(self.down(x.mean((2, 3))).relu())).view(b, c, 1, 1).expand_as(x)


class Flattened(nn.Module):
    """A linear layer on 5×5 maps."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = conv(3, 8), conv(8, 6)
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(5), nn.Flatten(), nn.Linear(150, 12), nn.ReLU(), nn.Linear(12, 5)
        )

    def forward(self, x):
        return self.head(self.b(self.a(x)))


class Viewed(nn.Module):
    """Maximum pooling, then a view by the batch size."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.head = conv(3, 8), nn.Linear(8 * 36, 5)

    def forward(self, x):
        x = F.max_pool2d(self.a(x), 2)
        return self.head(x.view(x.size(0), -1))


class ChunkCat(Net):
    """C2f of YOLO: half of the channels go through a block, all are concatenated."""

    def __init__(self) -> None:
        super().__init__(8)
        self.a, self.m1, self.m2, self.b = conv(8, 16, 1), conv(8, 8), conv(8, 8), conv(24, 8, 1)

    def body(self, x):
        left, right = self.a(x).chunk(2, 1)
        return self.b(torch.cat([left, right, right + self.m2(self.m1(right))], 1))


class Shuffle(Net):
    """Channel shuffle by view, transpose and view between grouped convolutions."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.b, self.c = conv(8, 16, 1, groups=2), conv(16, 16, groups=16), conv(16, 6, 1, groups=2)

    def body(self, x):
        x = self.a(x)
        b, c, h, w = x.shape
        x = x.view(b, 2, c // 2, h, w).transpose(1, 2).reshape(b, c, h, w)
        return self.c(self.b(x))


class BuiltInShuffle(Shuffle):
    """The same by `nn.ChannelShuffle`."""

    def body(self, x):
        return self.c(self.b(F.channel_shuffle(self.a(x), 2)))


class OptionA(Net):
    """A shortcut by strided slices, padded with channels of zeros (He et al. 2016, option A)."""

    def __init__(self) -> None:
        super().__init__(16)
        self.a, self.b = conv(8, 10, stride=2), conv(10, 16)

    def body(self, x):
        return F.relu(self.b(self.a(x)) + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 4, 4)))


class SpatialGate(Net):
    """One channel that gates all others."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.gate = conv(8, 8), nn.Conv2d(8, 1, 1)

    def body(self, x):
        x = self.a(x)
        return x * self.gate(x).sigmoid()


class Transposed(Net):
    """Transposed convolutions: plain, grouped and depthwise."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.b = nn.ConvTranspose2d(8, 12, 2, 2), nn.ConvTranspose2d(12, 16, 2, 2, groups=4)
        self.c, self.d = nn.ConvTranspose2d(16, 32, 2, 2, groups=16), conv(32, 6)

    def body(self, x):
        return self.d(self.c(self.b(self.a(x).relu()).relu()))


class Shared(Net):
    """One block used twice in a row, its norm with it."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = conv(8, 8), conv(8, 8)

    def body(self, x):
        return self.b(self.a(self.a(x)))


class Siamese(nn.Module):
    """Two halves of the image through one branch, compared."""

    def __init__(self) -> None:
        super().__init__()
        self.branch, self.head = nn.Sequential(conv(3, 8), conv(8, 6)), nn.Linear(12, 5)

    def forward(self, x):
        one, other = (self.branch(part).mean((2, 3)) for part in x.chunk(2, 2))
        return self.head(torch.cat([(one - other).abs(), one * other], 1))


class OneChannel(Net):
    """A convolution to a single channel and one from it: neither is depthwise."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.b, self.c = conv(8, 1), conv(1, 6), conv(6, 6, 1)

    def body(self, x):
        return self.c(self.b(self.a(x)))


class Attention(nn.Module):
    """A transformer block: its width stays, the hidden layer of its MLP can be cut."""

    def __init__(self) -> None:
        super().__init__()
        self.patch, self.place = nn.Conv2d(3, 16, 4, 4), nn.Parameter(torch.randn(1, 9, 16))
        self.norm1, self.norm2 = nn.LayerNorm(16), nn.LayerNorm(16)
        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)
        self.mlp, self.head = nn.Sequential(nn.Linear(16, 24), nn.GELU(), nn.Linear(24, 16)), nn.Linear(16, 5)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2) + self.place
        y = self.norm1(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        return self.head((x + self.mlp(self.norm2(x))).mean(1))


class UNet(nn.Module):
    """Down, up by interpolation, concatenation with the skip, a map as output."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c, self.out = conv(3, 6), conv(6, 8), conv(14, 6), nn.Conv2d(6, 2, 1)

    def forward(self, x):
        skip = self.a(x)
        deep = self.b(F.max_pool2d(skip, 2))
        up = F.interpolate(deep, scale_factor=2, mode="bilinear", align_corners=False)
        return self.out(self.c(torch.cat([up, skip], 1)))


class LayerScale(Net):
    """A parameter of its own multiplies the branch."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.scale = conv(8, 8), nn.Parameter(torch.rand(8, 1, 1))

    def body(self, x):
        return x + self.scale * self.a(x)


class GroupNormed(Net):
    """Statistics over groups of channels would change: the channels before the norm stay."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.norm, self.b = conv(8, 8), nn.GroupNorm(2, 8), conv(8, 6)

    def body(self, x):
        return self.b(self.norm(self.a(x)).relu())


class LayerNormed(nn.Module):
    """ConvNeXt: layer norm over channels laid last, the hidden width free."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.mix = nn.Conv2d(3, 8, 2, 2), nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.norm, self.up, self.down = nn.LayerNorm(8), nn.Linear(8, 12), nn.Linear(12, 8)
        self.scale, self.head = nn.Parameter(torch.rand(8)), nn.Linear(8, 5)

    def forward(self, x):
        x = self.stem(x)
        y = self.down(F.gelu(self.up(self.norm(self.mix(x).permute(0, 2, 3, 1))))) * self.scale
        return self.head((x + y.permute(0, 3, 1, 2)).mean((2, 3)))


class InstanceNormed(Net):
    """Instance norm keeps channels apart, though torch folds them into the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.norm = conv(8, 8), nn.InstanceNorm2d(8, affine=True)

    def body(self, x):
        return self.norm(self.a(x))


class Bilinear(Net):
    """An einsum of two maps: no weight zeroes what it multiplies, so both stay."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.b, self.c = conv(8, 6), conv(8, 4), nn.Linear(24, 6)

    def body(self, x):
        pairs = torch.einsum("bchw,bdhw->bcd", self.a(x), self.b(x))
        return self.c(pairs.flatten(1))[..., None, None]


class GatedLinear(Net):
    """GLU, and the same by chunk: a channel is cut with its gate."""

    def __init__(self) -> None:
        super().__init__(5)
        self.a, self.b, self.c = conv(8, 12), conv(6, 16), conv(8, 5)

    def body(self, x):
        value, gate = self.b(F.glu(self.a(x), 1)).chunk(2, 1)
        return self.c(value * gate.tanh())


class PixelShuffled(nn.Module):
    """Channels become pixels: all that make one channel are cut together."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.out = conv(3, 24), conv(6, 8), nn.Conv2d(8, 2, 1)

    def forward(self, x):
        return self.out(self.b(F.pixel_shuffle(self.a(x), 2)))


class PixelShuffledByHand(PixelShuffled):
    """The same by view and permute."""

    def forward(self, x):
        x = self.a(x)
        b, c, h, w = x.shape
        x = x.view(b, c // 4, 2, 2, h, w).permute(0, 1, 4, 2, 5, 3).reshape(b, c // 4, 2 * h, 2 * w)
        return self.out(self.b(x))


class InputSkip(Net):
    """The image itself is added: what meets it stays."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.b = conv(8, 3), conv(3, 6)

    def forward(self, x):
        return self.head(self.b(x + self.a(self.stem(x))).mean((2, 3)))


class Tied(nn.Module):
    """One matrix read forwards and backwards (an autoencoder with tied weights)."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.weight, self.bias = (
            nn.Linear(432, 12),
            nn.Parameter(torch.randn(6, 12)),
            nn.Parameter(torch.randn(12)),
        )
        self.head = nn.Linear(12, 5)

    def forward(self, x):
        x = self.a(x.flatten(1)).relu()
        return self.head(F.linear(F.linear(x, self.weight).relu(), self.weight.t(), self.bias))


class TwoNames(Net):
    """One convolution under two names in two roles."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.b.weight = self.a.weight

    def body(self, x):
        return self.b(self.a(x).relu()).relu()


class Sliced(Net):
    """Channels picked by their position stay."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.b = conv(8, 8), conv(3, 6)

    def body(self, x):
        return self.b(self.a(x)[:, :3])


class Constant(Net):
    """A buffer that is added to the channels, and a table that is not part of the model's state."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.b, self.table = conv(8, 8), conv(8, 6), torch.randn(1, 6, 1, 1)
        self.register_buffer("offset", torch.randn(8, 1, 1))

    def body(self, x):
        return self.b(self.a(x) + self.offset) * self.table


class Activations(Net):
    """Activations that are not zero at zero, one with a parameter a channel, in place where they can be."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.b, self.slope, self.c = conv(8, 8), conv(8, 8), nn.PReLU(8), conv(8, 6)

    def body(self, x):
        x = self.a(x).cos().exp()
        x = F.softplus(self.slope(self.b(x))) + 1
        return self.c(F.hardswish(x, inplace=True))


class Mixed(nn.Module):
    """MLP-mixer: linear layers over positions, then over channels."""

    def __init__(self) -> None:
        super().__init__()
        self.patch, self.tokens = nn.Conv2d(3, 8, 4, 4), nn.Sequential(nn.Linear(9, 7), nn.GELU(), nn.Linear(7, 9))
        self.channels, self.head = nn.Sequential(nn.Linear(8, 10), nn.GELU(), nn.Linear(10, 8)), nn.Linear(8, 5)

    def forward(self, x):
        x = self.patch(x).flatten(2)
        x = (x + self.tokens(x)).transpose(1, 2)
        return self.head((x + self.channels(x)).mean(1))


class Standardised(Net):
    """Weights that are computed before they are used (weight standardisation): what they make and read stays."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.b = nn.Conv2d(8, 8, 3, padding=1), conv(8, 6)

    def body(self, x):
        weight = self.a.weight - self.a.weight.mean((1, 2, 3), keepdim=True)
        return self.b(F.conv2d(x, weight, self.a.bias, padding=1))


class Spread(Net):
    """Softmax over channels: cutting one changes all."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.b = conv(8, 8), conv(8, 6)

    def body(self, x):
        return self.b(self.a(x).softmax(1))


class Selective(Net):
    """SKNet: two branches stacked, weighted by a softmax over the branches."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.pick = conv(8, 8), conv(8, 8, 5), nn.Linear(8, 16)

    def body(self, x):
        both = torch.stack([self.a(x), self.b(x)], 1)
        weights = self.pick(both.sum(1).mean((2, 3))).view(len(x), 2, -1).softmax(1)
        return (both * weights[..., None, None]).sum(1)


class LowRank(Net):
    """A kernel that is the product of two parameters."""

    def __init__(self) -> None:
        super().__init__(6)
        self.down, self.up, self.b = nn.Parameter(torch.randn(4, 8)), nn.Parameter(torch.randn(10, 4)), conv(10, 6)

    def body(self, x):
        return self.b(F.conv2d(x, (self.up @ self.down)[..., None, None]))


class Recurrent(nn.Module):
    """An LSTM keeps its hidden width and reads fewer features."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.lstm, self.head = conv(3, 8), nn.LSTM(8, 6, batch_first=True), nn.Linear(6, 5)

    def forward(self, x):
        return self.head(self.lstm(self.a(x).flatten(2).transpose(1, 2))[0][:, -1])


class WindowedByHand(Net):
    """A convolution as unfold and matrix product."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.weight = conv(8, 8), nn.Parameter(torch.randn(6, 72))

    def body(self, x):
        return (self.weight @ F.unfold(self.a(x), 3)).unflatten(-1, (10, 10))


class WrittenSplit(Net):
    """Res2Net: parts of a written size, each convolved after the one before is added."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.parts, self.b = conv(8, 9), nn.ModuleList([conv(3, 3), conv(3, 3)]), conv(9, 6)

    def body(self, x):
        first, second, third = self.a(x).split(3, 1)
        second = self.parts[0](second)
        return self.b(torch.cat([first, second, self.parts[1](third + second)], 1))


class ChannelAttention(Net):
    """CBAM: a map of the mean and the maximum over channels gates them."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.gate, self.b = conv(8, 8), nn.Conv2d(2, 1, 7, padding=3), conv(8, 6)

    def body(self, x):
        x = self.a(x)
        return self.b(x * self.gate(torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)).sigmoid())


class Unscaled(Net):
    """Batch norm without weights, then an activation that is not zero at zero."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.norm, self.b = nn.Conv2d(8, 8, 3, bias=False), nn.BatchNorm2d(8, affine=False), conv(8, 6)

    def body(self, x):
        return self.b(self.norm(self.a(x)).sigmoid())


class InPlace(Net):
    """Sums, products and slices written in place."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.b = conv(8, 8), conv(8, 6)

    def body(self, x):
        y = self.a(x) * 3
        y += x
        y.mul_(2).add_(1).clamp_(min=0)
        out = torch.zeros_like(y)
        out[:, :, 1:] = y[:, :, 1:]
        return self.b(out)


class TemporalShift(Net):
    """Half of the channels, by their position, are rolled."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.b = conv(8, 8), conv(8, 6)

    def body(self, x):
        x = self.a(x)
        y = x.clone()
        y[:, :4] = x[:, :4].roll(1, 2)
        return self.b(y)


class Signal(nn.Module):
    """One dimension: convolution, norm, pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.norm, self.b = nn.Conv1d(3, 8, 3), nn.BatchNorm1d(8), nn.Conv1d(8, 6, 3)
        self.head = nn.Linear(6, 5)

    def forward(self, x):
        x = F.max_pool1d(self.b(self.norm(self.a(x.flatten(2))).relu()), 2)
        return self.head(x.mean(-1))


class Volume(nn.Module):
    """Three dimensions, the image's channels being the first."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.norm, self.b = nn.Conv3d(1, 8, 3, padding=1), nn.BatchNorm3d(8), nn.Conv3d(8, 6, 3)
        self.head = nn.Linear(6, 5)

    def forward(self, x):
        x = F.avg_pool3d(self.b(self.norm(self.a(x[:, None])).relu()), (1, 2, 2))
        return self.head(x.mean((2, 3, 4)))


class Dynamic(Net):
    """A depthwise kernel computed for each image: what it touches stays."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.kernel, self.b = conv(8, 8), nn.Linear(8, 72), conv(8, 6)

    def body(self, x):
        x = self.a(x)
        b, c, h, w = x.shape
        kernel = self.kernel(x.mean((2, 3))).view(b * c, 1, 3, 3)
        return self.b(F.conv2d(x.reshape(1, b * c, h, w), kernel, padding=1, groups=b * c).view(b, c, h, w))


class Divided(Net):
    """A parameter that divides: masked it would be zero."""

    def __init__(self) -> None:
        super().__init__(6)
        self.a, self.scale, self.b = conv(8, 8), nn.Parameter(torch.rand(8, 1, 1) + 1), conv(8, 6)

    def body(self, x):
        return self.b(self.a(x) / self.scale)


class Focus(nn.Module):
    """Space to depth of the image, and of channels."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.head = conv(12, 8), conv(32, 6), nn.Linear(6, 5)

    def forward(self, x):
        x = torch.cat([x[..., i::2, j::2] for i in range(2) for j in range(2)], 1)
        return self.head(self.b(F.pixel_unshuffle(self.a(x), 2)).mean((2, 3)))


class VisionTransformer(nn.Module):
    """A class token, positions, and attention written out."""

    def __init__(self) -> None:
        super().__init__()
        self.patch, self.token = nn.Conv2d(3, 16, 4, 4), nn.Parameter(torch.randn(1, 1, 16))
        self.place = nn.Parameter(torch.randn(1, 10, 16))
        self.qkv, self.out, self.norms = nn.Linear(16, 48), nn.Linear(16, 16), nn.ModuleList([nn.LayerNorm(16)] * 2)
        self.up, self.down, self.head = nn.Linear(16, 24), nn.Linear(24, 16), nn.Linear(16, 5)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.place
        b, n, c = x.shape
        q, k, v = self.qkv(self.norms[0](x)).reshape(b, n, 3, 4, c // 4).permute(2, 0, 3, 1, 4)
        attended = (q @ k.transpose(-2, -1) * 0.5).softmax(-1) @ v
        x = x + self.out(attended.transpose(1, 2).reshape(b, n, c))
        return self.head((x + self.down(F.gelu(self.up(self.norms[1](x)))))[:, 0])


class Autoencoder(nn.Module):
    """The kernel of the encoder is read backwards by the decoder."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.bias = nn.Conv2d(3, 8, 3), nn.Parameter(torch.randn(3))

    def forward(self, x):
        return F.conv_transpose2d(self.a(x).relu(), self.a.weight, self.bias)


# name → (network, group → width)
TRAPS: dict[type[nn.Module], dict[str, int]] = {
    Plain: {"stem.0": 8, "a.0": 6, "a.3": 10},
    Residual: {"stem.0": 8, "a.0": 6},
    PreActivation: {"stem.0": 8, "convs.0": 6},
    Dense: {"stem.0": 8, "convs.0": 4, "convs.1": 4},
    Concat: {"stem.0": 8, "a.0": 4, "b.0": 6, "c.0": 8},
    Depthwise: {"stem.0": 8, "a.0": 12},
    Multiplier: {"stem.0": 8, "b.0": 6},
    Grouped: {"stem.0": 8, "a.0": 4, "b.0": 6, "c.0": 8},
    SqueezeConv: {"stem.0": 8, "a.0": 12, "down": 4, "b.0": 8},
    SqueezeLinear: {"stem.0": 8, "a.0": 12, "down": 4},
    Flattened: {"a.0": 8, "b.0": 6, "head.2": 12},
    Viewed: {"a.0": 8},
    ChunkCat: {"stem.0": 8, "a.0": 8, "m1.0": 8, "b.0": 8},
    Shuffle: {"stem.0": 4, "a.0": 4, "c.0": 3},
    BuiltInShuffle: {"stem.0": 4, "a.0": 4, "c.0": 3},
    OptionA: {"stem.0": 8, "a.0": 10},
    SpatialGate: {"stem.0": 8, "a.0": 8},
    Transposed: {"stem.0": 8, "a": 3, "b": 4, "d.0": 6},
    Shared: {"stem.0": 8, "b.0": 8},
    Siamese: {"branch.0.0": 8, "branch.1.0": 6},
    OneChannel: {"stem.0": 8, "b.0": 6, "c.0": 6},
    Attention: {"attention": 4, "mlp.0": 24},
    UNet: {"a.0": 6, "b.0": 8, "c.0": 6},
    LayerScale: {"stem.0": 8},
    GroupNormed: {"stem.0": 8, "b.0": 6},
    LayerNormed: {"up": 12},
    InstanceNormed: {"stem.0": 8, "a.0": 8},
    Bilinear: {"stem.0": 8, "c": 6},
    GatedLinear: {"stem.0": 8, "a.0": 6, "b.0": 8, "c.0": 5},
    PixelShuffled: {"a.0": 6, "b.0": 8},
    PixelShuffledByHand: {"a.0": 6, "b.0": 8},
    InputSkip: {"stem.0": 8, "b.0": 6},
    Tied: {"a": 12, "weight": 6},
    TwoNames: {"stem.0": 8},
    Sliced: {"stem.0": 8, "b.0": 6},
    Constant: {"stem.0": 8, "a.0": 8},
    Activations: {"stem.0": 8, "a.0": 8, "b.0": 8, "c.0": 6},
    Mixed: {"patch": 8, "tokens.0": 7, "channels.0": 10},
    Standardised: {"b.0": 6},
    Spread: {"stem.0": 8, "b.0": 6},
    Selective: {"stem.0": 8, "a.0": 8},
    LowRank: {"stem.0": 8, "up": 10, "b.0": 6},
    Recurrent: {"a.0": 8},
    WrittenSplit: {"stem.0": 8, "parts.1.0": 3, "b.0": 6},
    ChannelAttention: {"stem.0": 8, "b.0": 6},
    Unscaled: {"stem.0": 8, "a": 8, "b.0": 6},
    InPlace: {"stem.0": 8, "b.0": 6},
    TemporalShift: {"stem.0": 8, "b.0": 6},
    Signal: {"a": 8, "b": 6},
    Volume: {"a": 8, "b": 6},
    Dynamic: {"stem.0": 8, "b.0": 6},
    Divided: {"stem.0": 8, "b.0": 6},
    Focus: {"a.0": 8, "b.0": 6},
    VisionTransformer: {"up": 24},
    Autoencoder: {"a": 8},
    WindowedByHand: {"stem.0": 8, "a.0": 8, "weight": 6},
}


def made(net: type[nn.Module], seed: int = 0, dtype: torch.dtype = torch.float32) -> nn.Module:
    """Return the network with random weights and random running statistics, in evaluation mode."""
    torch.manual_seed(seed)
    model = net()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            if module.affine:
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.normal_(module.bias)
    return model.to(dtype).eval()
