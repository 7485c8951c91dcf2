"""The order of processes: a network is pruned before it is quantised; the other order is refused."""

import fgspace
import pytest
from fgspace_prune.process import Prune
from messages import refused

pytestmark = pytest.mark.needs("quant", "resnet")

pytest.importorskip("fgspace_quant", reason="needs the quant plugin")

MESSAGE = "the network is quantised before it is pruned; write Prune before Quant in modules"


def described(*order):
    net = {"type": "ResNet", "depth": 20, "small_input": True}
    prune = {"type": "Prune", "ratios": 0.5}
    return {"type": "FineGrainedSpace", "modules": list(order), "net": net, "prune": prune, "quant": {"type": "Quant"}}


def test_a_network_is_pruned_then_quantised():
    small = fgspace.build(described("net", "prune", "quant"), input_shape=(3, 32, 32))
    pruned = fgspace.build(described("net", "prune"), input_shape=(3, 32, 32))
    assert pruned.net.head.linear.in_features == 32
    assert small.model.net.head.linear.in_features == 32


def test_a_network_that_is_quantised_first_is_refused_at_the_process():
    with pytest.raises(ValueError, match=MESSAGE):
        fgspace.build(described("net", "quant", "prune"), input_shape=(3, 32, 32))


def test_a_quantised_network_is_refused_in_a_program_too():
    quantised = fgspace.build(described("net", "quant"), input_shape=(3, 32, 32))
    with refused(MESSAGE):
        Prune(ratios=0.5)(quantised, (3, 32, 32))
