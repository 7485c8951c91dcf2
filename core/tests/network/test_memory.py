"""A network that does not fit in the memory of the machine is refused before it is built."""

import subprocess
import sys

import fgspace
import pytest
import torch
from fgspace.network.costs import PartError
from fgspace.network.memory import memory_limit, too_large

HUGE = {"type": "Conv2d", "out_channels": 10_000_000_000, "kernel_size": 100}
PARAMS = 10_000_000_000 * (3 * 100 * 100 + 1)
SHAPE = (3, 100, 100)


def gib(count):
    return f"{count / 2**30:,.1f} GiB"


def refusal(params, what="parameters", times=1):
    return (
        f"needs {gib(4 * times * params)} for its {params:,} {what} of 4 bytes each, but this machine has"
        f" {gib(memory_limit())} of memory; make it smaller, or bound params by a constraint"
    )


def test_the_limit_is_a_number_of_bytes():
    assert 2**28 < memory_limit() < 2**60


def test_what_does_not_fit_is_refused_before_it_is_built_in_whatever_way():
    space = fgspace.space({"type": "FineGrainedSpace", "modules": ["a"], "a": HUGE, "input_shape": list(SHAPE)})
    whole = {"type": "FineGrainedSpace", "modules": ["a"], "a": HUGE}
    for build in (
        space.build,
        lambda: space.build(space.initial, init=False),
        lambda: space.network.build(whole, SHAPE),
        lambda: fgspace.build(whole, input_shape=SHAPE),
    ):
        with pytest.raises(PartError) as caught:
            build()
        assert str(caught.value) == refusal(PARAMS)


def test_it_can_be_counted_and_built_on_the_meta_device():
    space = fgspace.space({"type": "FineGrainedSpace", "modules": ["a"], "a": HUGE, "input_shape": list(SHAPE)})
    assert space.cost()["params"] == PARAMS
    with torch.device("meta"):
        assert space.build().a.weight.shape == (10_000_000_000, 3, 100, 100)


def test_what_is_to_be_trained_needs_its_gradients_too():
    params = memory_limit() // 4 - 10_000
    assert too_large(params) is None
    assert too_large(params, trained=True) == refusal(params, "parameters and their gradients", 2)
    assert too_large(memory_limit() // 4 + 1) == refusal(memory_limit() // 4 + 1)


def test_the_network_before_a_process_must_fit_too(network_with):
    network = network_with(processes=(Emptied,))
    whole = {"type": "FineGrainedSpace", "modules": ["a", "b"], "a": HUGE, "b": {"type": "Emptied"}}
    assert network.cost(whole, SHAPE).params == 0
    with pytest.raises(PartError) as caught:
        network.build(whole, SHAPE)
    assert str(caught.value) == refusal(PARAMS)


class Emptied:
    """Leaves nothing of a network."""

    def __call__(self, model, input_shape):
        return torch.nn.Identity()

    def layers_after(self, rows, plan):
        return []


class Planning(Emptied):
    """Looks at a network before it says what it leaves of it."""

    @staticmethod
    def plan(model, input_shape):
        raise AssertionError("it is looked at")


def test_a_network_that_does_not_fit_is_not_planned_for_its_processes(network_with):
    network = network_with(processes=(Planning,))
    whole = {"type": "FineGrainedSpace", "modules": ["a", "b"], "a": HUGE, "b": {"type": "Planning"}}
    for walk in (network.cost, network.layers, network.build):
        with pytest.raises(PartError) as caught:
            walk(whole, SHAPE)
        assert str(caught.value) == refusal(PARAMS)


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40))
from fgspace.network import memory
print(memory.memory_limit() <= 2**40)
resource.setrlimit(resource.RLIMIT_AS, (2**34, 2**34))
print(memory.memory_limit() <= 2**34, memory.too_large(2**33) is None)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit the address space of a process")
def test_a_limit_of_the_process_counts():
    done = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "False"]


def test_a_trial_that_does_not_fit_fails_with_the_reason_and_the_search_goes_on():
    space = fgspace.space(
        {
            "type": "FineGrainedSpace",
            "modules": ["a"],
            "a": {**HUGE, "out_channels": {"choice": [10_000_000_000, 8]}},
            "input_shape": list(SHAPE),
        }
    )

    def evaluate(description):
        model = fgspace.build(description, input_shape=SHAPE)
        return {"size": sum(parameter.numel() for parameter in model.parameters())}

    study = fgspace.Study(space, "GridSearch", {"size": "min"})
    study.run(evaluate, trials=2)
    assert [(trial.state, trial.error) for trial in study.trials] == [
        ("failed", f"PartError: {refusal(PARAMS)}"),
        ("complete", None),
    ]
