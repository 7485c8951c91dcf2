"""Pruning, quantising and exporting transformers and ConvNeXts: what is counted is what is built and written."""

import warnings

import fgspace
import pytest
import torch
from fgspace.network.network import Network
from fgspace.plugins.registry import load_registry
from fgspace_export import plain_torch
from fgspace_quant.export import export

IMAGE = (3, 16, 16)
TEXT = {"shape": [6], "dtype": "int64", "below": 20}
CONVNEXT = {"type": "ConvNeXt", "depths": [1, 1], "widths": [8, 16], "patch": 2, "num_class": 5}
NETWORKS = {
    "vit": ({"type": "VisionTransformer", "width": 24, "depth": 1, "heads": 3, "patch": 4, "num_class": 5}, IMAGE),
    "language model": ({"type": "CausalLanguageModel", "width": 24, "depth": 1, "heads": 3, "vocabulary": 20}, TEXT),
    "convnext": (CONVNEXT, IMAGE),
    "convnext v2": ({**CONVNEXT, "version": 2}, IMAGE),
}
PRUNE, QUANT = {"type": "Prune", "ratios": 0.34}, {"type": "Quant", "nbit_w_list": 8, "nbit_a_list": 8}
PROCESSES = {"pruned": [PRUNE], "low ranks": [{"type": "LowRank", "ranks": 0.5}]}
FIGURES = ("path", "type", "out_shape", "params", "macs")


@pytest.fixture(scope="module")
def network():
    return Network(load_registry())


def given(shape, count):
    torch.manual_seed(0)
    return torch.randint(20, (count, 6)) if shape is TEXT else torch.randn(count, *shape)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("processes", PROCESSES.values(), ids=PROCESSES)
def test_the_rows_after_processes_are_those_of_what_is_built(network, name, processes):
    """The heads that a cost rule hides are counted as they are cut."""
    net, shape = NETWORKS[name]
    parts = {"net": net, **{f"process_{index}": one for index, one in enumerate(processes)}}
    whole = {"type": "FineGrainedSpace", "modules": [*parts], **parts}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a layer that cannot be cut or quantised is told, and kept
        cost, counted = network.cost(whole, shape), network.layers(whole, shape)
        built = fgspace.trace.rows(network.build(whole, shape), shape)
    assert [figures(row) for row in counted if row.params or row.macs] == [
        figures(row) for row in built if row.params or row.macs
    ]
    assert (cost.params, cost.macs) == (sum(row.params for row in built), sum(row.macs for row in built))


def figures(row):
    return tuple(getattr(row, name) for name in FIGURES)


def test_heads_of_a_transformer_are_cut_whole():
    net, shape = NETWORKS["vit"]
    model = fgspace.build(net, input_shape=shape).eval()
    small = fgspace.compress(model, PRUNE, shape)
    heads = small.blocks.block_0.attention.branch.heads
    assert [heads.projected.query.out_features, heads.out.in_features, heads.attend.head_width] == [16, 16, 8]
    assert small(given(shape, 2)).isfinite().all()


@pytest.mark.soak
@pytest.mark.parametrize("name", ["vit", "language model", "convnext"])
def test_a_quantised_network_is_exported_and_answers_the_same(name, tmp_path):
    net, shape = NETWORKS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the embedding stays float, and is told
        small = fgspace.compress(fgspace.build(net, input_shape=shape).eval(), [PRUNE, QUANT], shape)
    small.calibrate(given(shape, 32).split(16))
    report = export(small.eval(), tmp_path / "small.onnx")
    assert str(report).startswith("onnxruntime's output is at most")


@pytest.mark.soak
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_written_as_python_that_needs_only_torch(name, tmp_path):
    net, shape = NETWORKS[name]
    whole = {"type": "FineGrainedSpace", "modules": ["net"], "net": net}
    model, x = fgspace.build(whole, input_shape=shape).eval(), given(shape, 2)
    plain_torch.export(model, tmp_path / "net", shape, facts(whole, shape))
    with torch.no_grad():
        assert torch.equal(plain_torch.answers(tmp_path / "net", x), model(x))


def facts(description, shape):
    """Return what `fgspace export` knows of a network."""
    calls = Network(load_registry()).calls(description, shape)
    return fgspace.NetworkFacts(description=description, calls=lambda: calls)
