"""The conformance kit: correct plugins pass it, and each fault is found by the check that is there for it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import fgspace
import pytest
from fgspace.plugins.default_registry import default_registry
from fgspace.plugins.hookspecs import KINDS
from fgspace.plugins.registry import load_registry
from fgspace.testing.kit.networks import NETWORKS
from fgspace.testing.kit.plan import NOTHING, Plan, plan_of
from fgspace.testing.kit.suites import SUITES
from fgspace.testing.processes import SMALL_NETWORKS

PLUGIN = """
from fgspace import Provided, hookimpl

@hookimpl
def {hook}():
    return [Provided("Thing", "fgspace_acme.things:Thing", "a thing", {more})]
"""
HEAD = """
import numpy as np
import torch
import torch.nn.functional as F
from typing import Literal
from torch import nn
import fgspace
"""
ATTENTION = (
    HEAD
    + '''
Mode = Literal["sdpa", "masked", "grouped", "mha"]

class Thing(nn.Module):
    """Attention: maps (N, L, in_features) to (N, L, in_features)."""

    def __init__(self, in_features: int, heads: int = 4, causal: bool = False, mode: Mode = "sdpa"):
        super().__init__()
        self.heads, self.causal, self.mode = heads, causal, mode
        self.qkv, self.out = nn.Linear(in_features, 3 * in_features), nn.Linear(in_features, in_features)
        self.mha = nn.MultiheadAttention(in_features, heads, batch_first=True) if mode == "mha" else None

    def forward(self, x):
        if self.mha is not None:
            x = self.mha(x, x, x, need_weights=False)[0]
        query, key, value = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        options = {"is_causal": self.causal, "dropout_p": 0.1 if self.training else 0.0}
        if self.mode == "masked":
            length = x.shape[1]
            options = {"attn_mask": torch.ones(length, length, dtype=torch.bool, device=x.device).tril()}
        if self.mode == "grouped":
            key, value = key[:, :2], value[:, :2]
            options["enable_gqa"] = True
        y = F.scaled_dot_product_attention(query, key, value, **options)
        return self.out(y.transpose(1, 2).flatten(2))
'''
)
BLOCK = (
    HEAD
    + '''
class Thing(nn.Module):
    """Maps (N, in_channels, H, W) to (N, 4, H, W)."""

    def __init__(self, in_channels: int):
        super().__init__()
        self.conv, self.scale = nn.Conv2d(in_channels, 4, 1), nn.Parameter(torch.ones(4, 1, 1))

    def forward(self, x):
        return {forward}
'''
)
TWO_INPUTS = (
    HEAD
    + '''
class Thing(nn.Module):
    """Maps features and gate, (N, width, L) each, to (N, width, L)."""

    def __init__(self, width: int):
        super().__init__()
        self.conv, self.mix = nn.Conv1d(width, width, 1), nn.Conv1d(width, width, 1)

    def forward(self, features, gate):
        return self.conv(features) * torch.sigmoid(self.mix(gate))
'''
)
RANGED = (
    HEAD
    + '''
class Thing(nn.Module):
    """Maps (N, C, H, W) to numbers up to 1."""

    def __init__(self):
        super().__init__()
        self.register_buffer("top", torch.zeros(()))

    def forward(self, x):
        if self.training:
            self.top.copy_(x.detach().abs().amax())
        return x / torch.where(self.top > 0, self.top, x.abs().amax())
'''
)
SPACE = '''
import fgspace

class Thing(fgspace.TokenSpace):
    """Three blocks that share four doublings: the tokens have a fixed sum."""

    def __init__(self, sum: int = 4):
        self.sum = sum

    def init_tokens(self):
        return [1, 1, 2]

    def range_table(self):
        return [5, 5, 5]

    def token2arch(self, tokens):
        if sum(tokens) != self.sum:
            raise ValueError(f"the tokens have the sum {sum(tokens)}, not {self.sum}")
        parts = {f"conv{i}": {"type": "Conv2d", "out_channels": 4 + t, "kernel_size": 1} for i, t in enumerate(tokens)}
        return {"type": "FineGrainedSpace", "modules": list(parts), **parts}
'''
EVALUATOR = '''
class Thing:
    """Counts the parts."""

    metrics = ("parts",)

    def __call__(self, description):
        {body}
        return {{"parts": {value}}}
'''
PROCESS = (
    HEAD
    + '''
import copy
from dataclasses import replace

class Thing:
    """Leaves out the biases of linear layers."""

    def __call__(self, model, input_shape):
        {body}
        for module in model.modules():
            if isinstance(module, nn.Linear):
                module.bias = None
        return model

    @staticmethod
    def plan(model, input_shape):
        linear = {{name: layer for name, layer in model.named_modules() if isinstance(layer, nn.Linear)}}
        return {{name: layer.out_features for name, layer in linear.items() if layer.bias is not None}}

    def layers_after(self, rows, plan):
        return [replace(row, params=row.params - {counted}) if row.params else row for row in rows]
'''
)
DATASET = (
    HEAD
    + '''
from dataclasses import dataclass
from types import SimpleNamespace

@dataclass(frozen=True)
class Thing:
    """Noise."""

    input_shape = (1, 4, 4)

    def load(self, seed):
        rng = np.random.default_rng({seed})
        def part():
            return SimpleNamespace(images=rng.random((8, 1, 4, 4), dtype=np.float32), labels=rng.integers(0, {top}, 8))
        return SimpleNamespace(train=part(), validation=part(), test=part(), classes=["a", "b"])
'''
)
RULE = '''
def Thing(shape, in_channels):
    """Counts Thing."""
    return (4, *shape[1:]), 4 * in_channels + 8, {macs} * 4 * in_channels * shape[1] * shape[2]
'''
CLIMBER = '''
from fgspace import Algorithm

class Thing(Algorithm):
    """Moves one hyper-parameter of the best point so far."""

    def __init__(self, space, objectives, *, seed=0):
        super().__init__(space, objectives, seed=seed)
        self.best = None
        self.count = 0

    def propose(self, rng):
        if self.best is None or {restart}:
            return self.fresh(lambda: self.space.sample(rng))
        return self.fresh(lambda: self.space.mutate(self.best.point, rng))

    def learn(self, trial, rng):
        values = self.objectives.values
        if trial.state == "complete" and (self.best is None or values(trial) < values(self.best)):
            self.best = trial
'''
EXPORTER = (
    HEAD
    + '''
def Thing(model, path, input_shape):
    """Writes the weights."""
    {body}
    path.write_bytes(b"weights")

def answers(path, given):
    return given.mean((2, 3)) @ torch.zeros(3, 10)
'''
)


@pytest.fixture
def planned(install):
    """Return a function that installs a plugin with one type, and returns the plan of its checks."""

    def planned(hook: str, source: str, more: str = "", without: Mapping[str, str] = NOTHING) -> Plan:
        install(plugin=PLUGIN.format(hook=f"fgspace_provide_{hook}", more=more), things=source)
        default_registry.__globals__["_plugins"].cache_clear()
        default_registry.__globals__["_registry"].cache_clear()
        return plan_of("acme", load_registry(), without)

    yield planned
    default_registry.__globals__["_plugins"].cache_clear()
    default_registry.__globals__["_registry"].cache_clear()


OF_PACKAGES = ("its package says what it is", "loading it imports nothing heavy")
"""Checks that need more of a package than is installed here; the command makes them, below."""


def failed(plan: Plan, folder: Path) -> list[str]:
    """Run the checks of the plan that apply, and return what those that fail say."""
    found = []
    for number, check in enumerate(plan.checks):
        if check.skipped or check.says in OF_PACKAGES:
            continue
        (place := folder / f"check{number}").mkdir()
        try:
            check.run(place)
        except Exception:
            found.append(check.says)
    return found


CORRECT = {
    "attention by sdpa in every mode": ("modules", ATTENTION, "examples=({'input': [6, 16]},)"),
    "a leaf with a parameter of its own": ("modules", BLOCK.replace("{forward}", "self.conv(x) * self.scale"), ""),
    "an evaluator that saves no weights and tests nothing": (
        "evaluators",
        EVALUATOR.format(body="", value="len(description['modules'])"),
        "",
    ),
    "an evaluator with a method of the name `examples`": (
        "evaluators",
        EVALUATOR.format(body="", value="1") + "\n    def examples(self, count):\n        return None\n",
        "",
    ),
    "a block whose range follows from each batch until it has seen one in training": ("modules", RANGED, ""),
    "a process": (
        "modules",
        PROCESS.format(body="model = copy.deepcopy(model)", counted="plan.get(row.path, 0)"),
        "tags=('process',)",
    ),
    "a data set": ("datasets", DATASET.format(seed="seed", top=2), ""),
    "an algorithm": ("algorithms", CLIMBER.format(restart="False"), "tags=('learns',)"),
    "an algorithm that cannot learn, and draws at random": ("algorithms", CLIMBER.format(restart="True"), ""),
    "a block with two inputs by name": (
        "modules",
        TWO_INPUTS,
        "examples=({'width': 8, 'input': {'features': {'shape': [8, 5]}, 'gate': {'shape': [8, 5]}}},)",
    ),
    "an exporter of a format that nothing here runs": ("exporters", EXPORTER.format(body="pass"), ""),
}


@pytest.mark.parametrize("name", CORRECT)
def test_a_correct_type_passes(planned, tmp_path, name):
    hook, source, more = CORRECT[name]
    plan = planned(hook, source, more)
    assert failed(plan, tmp_path) == []
    assert sum(not check.skipped for check in plan.checks) > 8


FAULTY = {
    "a parameter that learns nothing": (
        ("modules", BLOCK.replace("{forward}", "self.conv(x)"), ""),
        ["every parameter learns"],
    ),
    "an answer that depends on the batch": (
        ("modules", BLOCK.replace("{forward}", "self.conv(x) * self.scale - x.mean()"), ""),
        ["an answer does not depend on the rest of its batch"],
    ),
    "an answer at random": (
        ("modules", BLOCK.replace("{forward}", "self.conv(x) * self.scale + torch.rand(())"), ""),
        [
            "equal weights give equal outputs",
            "a copy and a pickle of it answer the same",
            "an answer does not depend on the rest of its batch",
            "it can be exported",
        ],
    ),
    "an answer in infinities": (
        ("modules", BLOCK.replace("{forward}", "self.conv(x) * self.scale / 0"), ""),
        ["every parameter learns"],
    ),
    "metrics that it does not name": (
        ("evaluators", EVALUATOR.format(body="return {'other': 1}", value=1), ""),
        ["its metrics are those that it names and finite", "it measures the same in a worker process"],
    ),
    "an evaluator that writes into the description": (
        ("evaluators", EVALUATOR.format(body="description['seen'] = 1", value=1), ""),
        ["it leaves the description as it is"],
    ),
    "labels without a class": (
        ("datasets", DATASET.format(seed="seed", top=9), ""),
        ["its labels are those of its classes"],
    ),
    "data at random": (
        ("datasets", DATASET.format(seed="", top=2), ""),
        ["the same seed gives the same parts"],
    ),
    "an exporter that changes the mode": (
        ("exporters", EXPORTER.format(body="model.eval()"), ""),
        ["it writes a model that was in training"],
    ),
    "no example of a parameter that is needed": (
        ("modules", BLOCK.replace("in_channels: int", "in_channels: int, width: int").replace("{forward}", "x"), ""),
        ["it has an example that can be tried"],
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_fault_is_found_by_its_check(planned, tmp_path, name):
    (hook, source, more), checks = FAULTY[name]
    assert failed(planned(hook, source, more), tmp_path) == checks


def test_a_process_that_changes_its_model_or_counts_wrongly_is_found(planned, tmp_path):
    plan = planned("modules", PROCESS.format(body="pass", counted="1"), "tags=('process',)")
    found = {says.partition(" [")[0] for says in failed(plan, tmp_path)}
    assert found == {"it leaves the model as it is", "its rows are those of the processed model"}


def test_an_algorithm_that_claims_to_learn_and_does_not_is_found(planned, tmp_path):
    plan = planned("algorithms", CLIMBER.format(restart="True"), "tags=('learns',)")
    found = {says.partition(" [")[0] for says in failed(plan, tmp_path)}
    assert found == {"it does better than random search"}


def test_an_algorithm_that_is_worse_than_random_search_is_found(planned, tmp_path):
    poor = CLIMBER.replace("values(trial) < values", "values(trial) > values")
    found = {says.partition(" [")[0] for says in failed(planned("algorithms", poor.format(restart="False")), tmp_path)}
    assert found == {"it does at least as well as random search"}


def test_a_cost_rule_that_counts_otherwise_than_its_module_is_found(install, tmp_path):
    plugin = PLUGIN.format(hook="fgspace_provide_modules", more="") + PLUGIN.format(
        hook="fgspace_provide_cost_rules", more=""
    ).replace("things:Thing", "rules:Thing")
    module = BLOCK.replace("{forward}", "self.conv(x) * self.scale")
    for macs, faults in (("1", []), ("2", ["it counts what is built"])):
        install(
            f"acme{macs}",
            plugin.replace("fgspace_acme", f"fgspace_acme{macs}"),
            things=module,
            rules=RULE.format(macs=macs),
        )
        default_registry.__globals__["_plugins"].cache_clear()
        default_registry.__globals__["_registry"].cache_clear()
        plan = plan_of(f"acme{macs}", load_registry())
        rules = [check for check in plan.checks if check.of == "cost rule Thing"]
        (folder := tmp_path / macs).mkdir()
        assert failed(Plan("", tuple(rules)), folder) == faults


def test_what_is_left_out_is_skipped_with_its_reason_and_a_wrong_name_is_found(planned, tmp_path):
    source = BLOCK.replace("{forward}", "self.conv(x)")
    without = {"Thing: every parameter learns": "the scale is for later", "Thingy": "no reason"}
    plan = planned("modules", source, without=without)
    assert failed(plan, tmp_path) == ["'Thingy' can be left out"]
    assert plan.summary() == (
        "acme: 16 checks, 2 skipped\n"
        "  plugin: 7 checks\n"
        "  module type Thing: 9 checks, 2 skipped\n"
        "    1 skipped: the scale is for later\n"
        "    1 skipped: no parameter has a default domain, or is true or false, or one of listed values"
    )


def test_every_kind_has_a_suite_that_keeps_its_promise():
    assert set(SUITES) == {*KINDS, "process"}
    assert set(SMALL_NETWORKS) == set(NETWORKS)


def test_the_command_checks_a_plugin_and_says_what_failed(install, tmp_path):
    source = EVALUATOR.format(body="description['seen'] = 1", value=1)
    site = install(plugin=PLUGIN.format(hook="fgspace_provide_evaluators", more=""), things=source)
    about = "Metadata-Version: 2.1\nName: fgspace-plugin-acme\nVersion: 0.3.1\nSummary: x\n"
    (site / "fgspace_plugin_acme-0.3.1.dist-info" / "METADATA").write_text(about + "Requires-Dist: fgspace>=0.1.0\n")
    environment = {**os.environ, "PYTHONPATH": str(site), "FGSPACE_PLUGINS": "acme", "PYTEST_ADDOPTS": "--nonsense"}
    command = [sys.executable, "-m", "fgspace", "check", "acme"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (2, "")
    assert lines[:4] == [
        "plugin: 6 checks",
        "evaluator Thing: 8 checks, 3 skipped, 1 failed",
        "    1 skipped: it has no `test` on held-out data",
        "    2 skipped: its call takes no `report`",
    ]
    assert lines[4] == "    failed: it leaves the description as it is"
    assert lines[5].startswith("        AssertionError: assert {'type': 'Fin")
    assert lines[-1] == "acme (fgspace-plugin-acme 0.3.1): 14 checks, 3 skipped, 1 of them failed"


def test_the_command_names_what_is_neither_a_file_nor_a_plugin(install, capsys):
    from fgspace.cli import main

    install()
    assert main(["check", "acmee"]) == 2
    assert capsys.readouterr().err == "acmee: no such file, and no plugin of that name; did you mean 'acme'?\n"
    assert main(["check", "zzz"]) == 2
    known = "fgspace plugins lists those that are installed"
    assert capsys.readouterr().err == f"zzz: no such file, and no plugin of that name; {known}\n"


def test_tokens_with_a_fixed_sum_are_no_reason_to_refuse_a_space(planned, tmp_path):
    plan = planned("search_spaces", SPACE, "examples=({'input': [3, 4, 4]},)")
    assert failed(plan, tmp_path) == []
    assert fgspace.space({"type": "acme/Thing"}).size == 125


OF_AN_EXTRA = """
import fgspace

class Thing:
    \"\"\"Prints.\"\"\"

    def __init__(self):
        try:
            import nonsuch
        except ImportError as error:
            raise fgspace.FgspaceError("nonsuch is missing: pip install '{install}'") from error
"""


@pytest.mark.parametrize(
    ("install_it", "skipped"), [("fgspace-plugin-acme[more]", True), ("fgspace-plugin-acme[other]", False)]
)
def test_a_check_is_skipped_where_the_type_names_the_extra_that_it_lacks(planned, tmp_path, install_it, skipped):
    about = "Requires-Dist: nonsuch-skinny>=1 ; extra == 'more'\nRequires-Dist: pytest ; extra == 'other'\n"
    metadata = tmp_path / "fgspace-plugin-acme" / "fgspace_plugin_acme-0.3.1.dist-info" / "METADATA"
    planned("observers", OF_AN_EXTRA.format(install=install_it))
    metadata.write_text(f"Metadata-Version: 2.1\nName: fgspace-plugin-acme\nVersion: 0.3.1\n{about}")
    plan = plan_of("acme", load_registry())
    check = next(check for check in plan.checks if check.of == "observer Thing" and not check.skipped)
    message = f"nonsuch is missing: pip install '{install_it}'"
    with pytest.raises(pytest.skip.Exception if skipped else fgspace.FgspaceError) as raised:
        check.run(tmp_path)
    assert str(raised.value) == message


NEEDS_WIDTH = BLOCK.replace("in_channels: int", "in_channels: int, width: int").replace("{forward}", "x")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("", "acme/Thing has no example, and needs width: write examples=({'width': ...},) in its record"),
        (
            "examples='fgspace_acme.things:absent'",
            "the examples of acme/Thing: ImportError: module 'fgspace_acme.things' has no attribute 'absent'",
        ),
        (
            "examples='fgspace_acme.things:numbers'",
            "the examples of acme/Thing: expected mappings of its parameters, got 3",
        ),
    ],
)
def test_examples_that_cannot_be_tried_are_told(planned, tmp_path, more, message):
    plan = planned("modules", f"{NEEDS_WIDTH}\n\ndef numbers(folder):\n    return [3]\n", more)
    (check,) = [check for check in plan.checks if check.says == "it has an example that can be tried"]
    with pytest.raises(AssertionError) as raised:
        check.run(tmp_path)
    assert str(raised.value) == message
