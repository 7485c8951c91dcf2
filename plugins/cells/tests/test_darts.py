"""DARTS: networks count as published, and compute what a plain implementation does."""

import re

import pytest
import torch
from fgspace_cells.darts_cell import DartsCell
from fgspace_cells.darts_network import DartsNetwork
from fgspace_cells.genotypes import PUBLISHED
from torch import nn

SMALL, LARGE = (3, 32, 32), (3, 224, 224)
EDGES = [["sep_conv_3x3", 0], ["skip_connect", 1], ["max_pool_3x3", 1], ["none", 2]]
TINY = {"type": "DartsNetwork", "channels": 4, "layers": 3}
PAIR = {
    "type": "FineGrainedSpace",
    "modules": ["stem", "cell"],
    "stem": {"type": "Tuple", "modules": [{"type": "Identity"}, {"type": "CellOperation", "operation": "conv1x1"}]},
}


class Plain(nn.Module):
    """The network of the paper, written without fgspace; a part is registered where it runs."""

    def __init__(self, genotype, widths, stem, num_class, auxiliary=False, large=False):
        super().__init__()
        self.large = large
        if large:
            self.stem0 = nn.Sequential(conv_bn(3, stem // 2, 3, 2), nn.ReLU(), conv_bn(stem // 2, stem, 3, 2))
            self.stem1 = relu_conv_bn(stem, stem, 3, 2)
        else:
            self.stem0 = conv_bn(3, stem, 3)
        before, last, halved = stem, stem, large
        self.cells = nn.ModuleList()
        for index, width in enumerate(widths):
            reduction = index in (len(widths) // 3, 2 * len(widths) // 3)
            edges = genotype.reduce if reduction else genotype.normal
            self.cells.append(PlainCell(edges, before, last, width, reduction, halved))
            before, last, halved = last, 4 * width, reduction
            if auxiliary and index == 2 * len(widths) // 3:
                self.cells.append(PlainHead(last, num_class, large))
        self.linear = nn.Linear(last, num_class)

    def forward(self, x):
        before = self.stem0(x)
        last = self.stem1(before) if self.large else before
        auxiliary = ()
        for part in self.cells:
            if isinstance(part, PlainCell):
                before, last = last, part(before, last)
            else:
                auxiliary = (part(last),)
        logits = self.linear(last.mean((2, 3)))
        return (logits, *auxiliary) if auxiliary else logits


class PlainCell(nn.Module):
    def __init__(self, edges, before, last, width, reduction, halved):
        super().__init__()
        self.first = PlainReduce(before, width) if halved else relu_conv_bn(before, width, 1)
        self.second = relu_conv_bn(last, width, 1)
        self.sources = [source for _, source in edges]
        self.operations = nn.ModuleList(
            PLAIN[name](width, 2 if reduction and source < 2 else 1) for name, source in edges
        )

    def forward(self, before, last):
        outputs = [self.first(before), self.second(last)]
        for at in range(0, len(self.sources), 2):
            outputs.append(sum(self.operations[edge](outputs[self.sources[edge]]) for edge in (at, at + 1)))
        return torch.cat(outputs[2:], 1)


class PlainReduce(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(before, after // 2, 1, 2, bias=False) for _ in range(2))
        self.bn = nn.BatchNorm2d(after)

    def forward(self, x):
        x = x.relu()
        return self.bn(torch.cat([self.convs[0](x), self.convs[1](x[:, :, 1:, 1:])], 1))


class PlainHead(nn.Module):
    def __init__(self, before, num_class, large):
        super().__init__()
        last = nn.Conv2d(128, 768, 2, bias=False)
        self.features = nn.Sequential(
            *(nn.ReLU(), nn.AvgPool2d(5, 2 if large else 3, 0, count_include_pad=False), *conv_bn(before, 128, 1)),
            *(nn.ReLU(), last, *([] if large else [nn.BatchNorm2d(768)]), nn.ReLU()),
        )
        self.linear = nn.Linear(768, num_class)

    def forward(self, x):
        return self.linear(self.features(x).flatten(1))


def conv_bn(before, after, kernel, stride=1):
    conv = nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(after))


def relu_conv_bn(before, after, kernel, stride=1):
    return nn.Sequential(nn.ReLU(), *conv_bn(before, after, kernel, stride))


def separable(width, kernel, stride, dilation):
    depthwise = nn.Conv2d(width, width, kernel, stride, dilation * (kernel // 2), dilation, groups=width, bias=False)
    return nn.Sequential(nn.ReLU(), depthwise, nn.Conv2d(width, width, 1, bias=False), nn.BatchNorm2d(width))


PLAIN = {
    "sep_conv_3x3": lambda width, stride: nn.Sequential(separable(width, 3, stride, 1), separable(width, 3, 1, 1)),
    "dil_conv_3x3": lambda width, stride: separable(width, 3, stride, 2),
    "dil_conv_5x5": lambda width, stride: separable(width, 5, stride, 2),
    "max_pool_3x3": lambda width, stride: nn.MaxPool2d(3, stride, 1),
    "avg_pool_3x3": lambda width, stride: nn.AvgPool2d(3, stride, 1, count_include_pad=False),
    "skip_connect": lambda width, stride: nn.Identity() if stride == 1 else PlainReduce(width, width),
}
CIFAR = [36] * 6 + [72] * 7 + [144] * 7
IMAGENET = [48] * 4 + [96] * 5 + [192] * 5
LARGE_OPTIONS = {"channels": 48, "layers": 14, "small_input": False, "num_class": 1000}
PUBLISHED_PARAMS = {
    "DARTS_V2 on CIFAR-10": ({}, SMALL, (CIFAR, 108, 10), 3_349_342),
    "DARTS_V2 on CIFAR-10, in training": ({"auxiliary": True}, SMALL, (CIFAR, 108, 10, True), 3_825_768),
    "DARTS_V2 on ImageNet": (LARGE_OPTIONS, LARGE, (IMAGENET, 48, 1000, False, True), 4_718_752),
}
"""The papers print 3.3 and 4.7 million, their program 3.349342 and 4.718752; the second is that of a plain network."""


@pytest.mark.parametrize(("options", "shape", "plain", "params"), PUBLISHED_PARAMS.values(), ids=PUBLISHED_PARAMS)
def test_a_network_counts_as_published_and_as_a_plain_one(network, options, shape, plain, params):
    cost = network.cost({"type": "DartsNetwork", **options}, shape)
    assert cost.params == params
    with torch.device("meta"):
        model = Plain(PUBLISHED["DARTS_V2"], *plain)
    assert sum(parameter.numel() for parameter in model.parameters()) == params
    assert macs(model, shape) == cost.macs


def macs(model, shape):
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(torch.empty(1, *shape, device="meta"))
    return counter.get_total_flops() // 2


SAME = {
    "DARTS_V1": ({"genotype": "DARTS_V1"}, (3, 16, 16), ([4, 8, 16], 12, 10)),
    "PADDLESLIM, own widths": (
        {"genotype": "PADDLESLIM", "channels": [4, 6, 10, 2, 8], "layers": 5, "stem_channels": 20},
        (3, 16, 16),
        ([4, 6, 10, 2, 8], 20, 10),
    ),
    "with the auxiliary head": ({"auxiliary": True}, (3, 32, 32), ([4, 8, 16], 12, 10, True)),
    "for large images": (
        {"auxiliary": True, "small_input": False},
        (3, 224, 224),
        ([4, 8, 16], 4, 10, True, True),
    ),
}


@pytest.mark.parametrize(("options", "shape", "plain"), SAME.values(), ids=SAME)
def test_a_network_computes_what_a_plain_one_does(network, options, shape, plain):
    ours = network.build({**TINY, **options}, shape).eval()
    theirs = Plain(PUBLISHED[options.get("genotype", "DARTS_V2")], *plain).eval()
    theirs.load_state_dict(dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True)))
    x = torch.randn(2, *shape)
    torch.testing.assert_close(ours(x), theirs(x))


def test_weights_that_were_trained_with_the_auxiliary_head_load_without_it(network):
    trained = network.build({**TINY, "auxiliary": True}, (3, 32, 32))
    deployed = network.build(TINY, (3, 32, 32))
    missing, unexpected = deployed.load_state_dict(trained.state_dict(), strict=False)
    assert missing == []
    assert {name.partition(".")[0] for name in unexpected} == {"auxiliary"}


def test_drop_path_is_in_training_only_and_not_on_identities(network):
    described = {**TINY, "drop_path": 0.5}
    assert network.cost(described, SMALL) == network.cost(TINY, SMALL)
    model = network.build(described, SMALL)
    dropped = [path for path, module in model.named_modules() if isinstance(module, nn.Dropout3d)]
    # A normal cell of DARTS_V2 has two identities and a reduction cell has three, none of them on an input.
    assert len(dropped) == 6 + 2 * 5
    x = torch.randn(4, *SMALL)
    assert not torch.equal(model(x), model(x))
    model.eval()
    torch.testing.assert_close(model(x), model(x), rtol=0, atol=0)


WRONG = [
    (lambda: DartsCell([3], 4, EDGES), "inchannels: expected 2 widths, got 1"),
    (lambda: DartsCell([3, 3], 4, EDGES[:3]), "expected 2 edges for each node, got 3 edges"),
    (
        lambda: DartsCell([3, 3], 4, [["none"]]),
        "edges: edge 0: expected [operation, node], such as [skip_connect, 0], got ['none']",
    ),
    (lambda: DartsCell([3, 3], 4, EDGES, [4]), "cannot concatenate node 4; the nodes are 2 to 3"),
    (lambda: DartsNetwork("DARTS_V3"), "genotype: unknown genotype 'DARTS_V3'; did you mean 'DARTS_V2'?"),
    (lambda: DartsNetwork({"normal": EDGES}), "genotype: needs 'reduce'"),
    (
        lambda: DartsNetwork(channels=[4, 4], layers=3),
        "channels: expected one width, or one for each of 3 layers, got 2",
    ),
    (lambda: DartsNetwork(channels=[]), "channels: expected at least one width, got none"),
    (lambda: DartsNetwork(layers=0), "layers must be at least 1, got 0"),
    (lambda: DartsNetwork(auxiliary=True, num_class=None), "auxiliary needs a num_class"),
]


@pytest.mark.parametrize(("make", "message"), WRONG, ids=[message for _, message in WRONG])
def test_a_wrong_parameter_is_named(make, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make().children()
