"""Which layer's output a layer reads unchanged and alone, as its row says; and whether it holds statistics."""

import pytest
import torch
from fgspace import trace
from torch import nn

SHAPE = (3, 8, 8)
CONV, NORM, SAME = (
    {"type": "Conv2d", "out_channels": 3, "kernel_size": 1},
    {"type": "BatchNorm2d"},
    {"type": "Identity"},
)


def of(kind, *, out_list=None, **parts):
    options = {} if out_list is None else {"out_list": out_list}
    return {"type": kind, "modules": [*parts], **parts, **options}


def chain(**parts):
    return of("Sequential", **parts)


@pytest.mark.parametrize(
    ("net", "reads"),
    [
        (chain(a=CONV, b=NORM), {"a": None, "b": "a"}),
        (chain(a=chain(x=CONV), b=chain(y=chain(z=NORM))), {"a.x": None, "b.y.z": "a.x"}),
        (chain(a=CONV, b=SAME, c=chain(), d=NORM), {"a": None, "b": "a", "d": "a"}),
        (chain(a=CONV, s=of("Add", x=NORM, y=SAME), b=NORM), {"a": None, "s.x": None, "s.y": None, "b": None}),
        (chain(a=CONV, s=of("Add", x=chain(c=NORM, d=CONV))), {"a": None, "s.x.c": "a", "s.x.d": "s.x.c"}),
        (chain(a=CONV, s=of("Multiply", x=CONV), b=NORM), {"a": None, "s.x": "a", "b": "s.x"}),
        (chain(a=CONV, s=of("Concat", x=CONV), b=NORM), {"a": None, "s.x": "a", "b": None}),
        (chain(s=of("Add", x=CONV, y=CONV), b=NORM), {"s.x": None, "s.y": None, "b": None}),
        (of("Sequential", a=CONV, b=NORM, c=NORM, out_list=[0, -1]), {"a": None, "b": None, "c": "b"}),
        (of("Append", a=CONV, b=NORM), {"a": None, "b": None}),
        (chain(a=CONV, t=of("Interpolate", x=CONV), b=NORM), {"a": None, "t.x": "a", "b": None}),
        (chain(t=of("Tuple", x=CONV, y=CONV), m=of("Map", n=NORM)), {"t.x": None, "t.y": None, "m.n": "t.y"}),
        (of("Merge", a=CONV, b=of("Map", n=NORM)), None),
    ],
)
def test_a_row_names_the_layer_whose_output_it_alone_reads(network, net, reads):
    if reads is None:  # the second part of Merge gets a tuple of one
        reads = {"a": None, "b.n": None}
    assert {row.path: row.reads for row in network.layers(net, SHAPE)} == reads


def test_paths_in_a_processed_part_begin_with_the_path_of_that_part(network_with):
    class Same:
        """A process that changes nothing."""

        def __call__(self, model, input_shape):
            return model

    network = network_with(processes=(Same,))
    inner = {"type": "FineGrainedSpace", "modules": ["a", "b", "p"], "a": CONV, "b": NORM, "p": {"type": "Same"}}
    rows = network.layers({"type": "FineGrainedSpace", "modules": ["net"], "net": inner}, SHAPE)
    assert [(row.path, row.reads) for row in rows] == [("net.a", None), ("net.b", "net.a")]


@pytest.mark.parametrize(
    ("kind", "options", "holds"),
    [
        ("BatchNorm2d", {}, True),
        ("BatchNorm2d", {"affine": False}, True),
        ("BatchNorm2d", {"track_running_stats": False}, False),
        ("SyncBatchNorm", {}, True),
        ("InstanceNorm2d", {}, False),
        ("InstanceNorm2d", {"track_running_stats": True}, True),
        ("GroupNorm", {"num_groups": 3, "num_channels": 3}, False),
        ("Conv2d", {"out_channels": 3, "kernel_size": 1}, False),
    ],
)
def test_norms_with_running_statistics_say_so(network, kind, options, holds):
    assert [row.statistics for row in network.layers(chain(a={"type": kind, **options}), SHAPE)] == [holds]


class Own(nn.Module):
    """Layers that functions, an addition in place, a drop that does nothing and the output read."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c, self.d, self.e = (nn.Conv2d(3, 3, 1) for _ in range(5))
        self.na, self.nb, self.nc, self.nd, self.ne = (nn.BatchNorm2d(3) for _ in range(5))
        self.drop = Drop()

    def forward(self, x):
        x = self.na(self.a(x).relu())
        y = self.b(x)
        y += 1
        x = self.nb(y)
        x = self.nc(self.drop(self.c(x)))
        y = self.d(x)
        assert y.size(1) == y.shape[1]
        x = self.nd(y)
        y = self.e(x)
        return y, self.ne(y)


class Drop(nn.Module):
    """Does nothing in evaluation."""

    def forward(self, x):
        return x


def test_in_code_of_a_users_own_a_function_stands_between_layers_and_asking_for_a_size_does_not():
    rows = {row.path: row.reads for row in trace.rows(Own(), SHAPE)}
    norms = {"na": None, "nb": None, "nc": "c", "nd": "d", "ne": None}
    assert {name: rows[name] for name in norms} == norms
    assert (rows["a"], rows["b"], rows["c"], rows["d"], rows["drop"]) == (None, "na", "nb", "nc", "c")


class Tail(nn.Module):
    """A norm and a convolution of a user's own, whose output nothing changes."""

    def __init__(self, again=False):
        super().__init__()
        self.norm, self.conv, self.again = nn.BatchNorm2d(3), nn.Conv2d(3, 3, 1), again

    def forward(self, x):
        y = self.conv(self.norm(x))
        return torch.add(x, y) if self.again else y


@pytest.mark.parametrize("again", [False, True])
def test_described_layers_and_those_of_modules_are_joined(network, again):
    part = network.part(chain(a=CONV, b=SAME, c=NORM), SHAPE)
    part.add("b", Tail(again))
    rows = {row.path: row.reads for row in network.layers(part, SHAPE)}
    assert rows == {"a": None, "b.norm": None if again else "a", "b.conv": "b.norm", "c": None if again else "b.conv"}


class Positions(nn.Module):
    """A buffer that is added, one of whole numbers, one that nothing reads, and the statistics of a norm."""

    def __init__(self):
        super().__init__()
        self.register_buffer("position", torch.zeros(1, 3, 8, 8))
        self.register_buffer("index", torch.zeros(3, dtype=torch.int64))
        self.register_buffer("spare", torch.zeros(7))
        self.norm = nn.BatchNorm2d(3)

    def forward(self, x):
        return self.norm(x + self.position)[:, self.index]


def test_buffers_that_no_layer_reads_have_rows():
    rows = trace.rows(Positions(), SHAPE)
    assert [(row.path, row.type, row.out_shape) for row in rows] == [
        ("norm", "BatchNorm2d", SHAPE),
        ("position", "Buffer", (1, 3, 8, 8)),
    ]
    assert [row.statistics for row in rows] == [True, False]
