"""SANAS in a loop of the user's own: networks, rewards, errors, and going on after a kill."""

import json
import math
import re
import signal
import subprocess
import sys
from pathlib import Path

import fgspace
import pytest
import torch
from fgspace_annealing.sanas import SANAS

ROW = ("MobileNetV2BlockSpace", {"block_mask": [0, 1], "num_class": 10})
SHAPE = (1, 8, 8)

SEARCH = """
import json, os, signal, sys
from fgspace_annealing.sanas import SANAS

place, kill_at = sys.argv[1], int(sys.argv[2])
sanas = SANAS(
    [("MobileNetV2BlockSpace", {"block_mask": [0, 1], "num_class": 10})],
    search_steps=8, checkpoint=place, constraints={"macs": {"max": 3_000_000}}, input_shape=(1, 8, 8), seed=5,
)
while sanas.steps_left:
    (network,) = sanas.next_archs()
    if sanas.steps_left == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)
    sanas.reward(1 / sum(parameter.numel() for parameter in network.parameters()))
print(json.dumps([sanas.current_info(), [[trial.point, trial.metrics] for trial in sanas.study.trials]]))
"""


def search(**options):
    return SANAS([ROW], input_shape=SHAPE, **{"search_steps": 5, **options})


def refused(message):
    return pytest.raises(fgspace.FgspaceError, match=f"^{re.escape(message)}$")


@pytest.mark.needs("mobilenet", "resnet")
def test_the_networks_are_modules_that_take_the_input_of_the_space():
    (network,) = search().next_archs()
    assert isinstance(network, torch.nn.Module)
    assert network(torch.zeros(2, *SHAPE)).shape == (2, 10)


@pytest.mark.needs("mobilenet", "resnet")
def test_chained_spaces_give_a_module_each_to_be_called_one_after_the_other():
    body = ("MobileNetV2BlockSpace", {"block_mask": [0, 1]})
    sanas = SANAS([body, ROW], input_shape=SHAPE)
    first, second = sanas.next_archs()
    assert second(first(torch.zeros(2, *SHAPE))).shape == (2, 10)
    assert sum(p.numel() for part in (first, second) for p in part.parameters()) == sanas.space.cost()["params"]


@pytest.mark.needs("mobilenet", "resnet")
def test_configs_are_names_alone_too_and_blocks_by_their_sizes():
    assert len(SANAS(["MobileNetV2Space"]).space.range_table) == 25
    sizes = {"input_size": 32, "output_size": 8, "block_num": 10}
    assert len(SANAS([("MobileNetV2BlockSpace", sizes)]).space.range_table) == 40


@pytest.mark.needs("mobilenet", "resnet")
def test_a_space_that_is_no_chain_gives_one_network():
    (network,) = SANAS({"type": ROW[0], **ROW[1]}, input_shape=SHAPE).next_archs()
    assert network(torch.zeros(2, *SHAPE)).shape == (2, 10)


@pytest.mark.needs("mobilenet", "resnet")
def test_the_first_networks_are_those_of_the_initial_tokens():
    start = [1, 2, 3, 0, 5, 6, 0, 1]
    sanas = search(init_tokens=start)
    info = {"best_tokens": None, "best_reward": None, "current_tokens": start, "base_tokens": start}
    assert sanas.current_info() == info
    (first,), (same,) = sanas.next_archs(), sanas.tokens2arch(start)
    assert str(first) == str(same)
    assert sanas.current_info() == info


@pytest.mark.needs("mobilenet", "resnet")
def test_a_reward_is_taken_whether_or_not_it_is_the_best():
    sanas = search()
    taken, best = [], []
    assert not sanas.is_best
    for score in (0.5, 0.4, 0.5, 0.6, 0.1):
        sanas.next_archs()
        assert not sanas.is_best
        taken.append(sanas.reward(score))
        best.append(sanas.is_best)
    assert taken == [True] * 5
    assert best == [True, False, False, True, False]
    info = sanas.current_info()
    assert info["best_reward"] == 0.6
    assert info["best_tokens"] == sanas.space.encode(sanas.study.trials[3].point)


MAPPING = {
    "type": "FineGrainedSpace",
    "modules": ["conv", "act"],
    "conv": {"type": "Conv2d", "out_channels": {"int": [4, 8]}, "kernel_size": {"choice": [1, 3]}},
    "act": {"choice": [{"type": "LeakyReLU", "negative_slope": {"float": [0.01, 0.3]}}, {"type": "ReLU"}]},
}


@pytest.mark.needs("mobilenet", "resnet")
@pytest.mark.parametrize(
    "configs",
    [
        [ROW],
        [("MobileNetV2BlockSpace", {"block_mask": [1]}), ("ResNetBlockSpace", {"block_mask": [0]}), ROW],
        [("MobileNetV2BlockSpace", {"block_mask": [0], "as_published": True})],
        MAPPING,
    ],
    ids=["one space", "a chain", "a space as published", "a mapping"],
)
def test_the_current_tokens_are_those_of_the_networks_that_were_handed_out_last(configs):
    sanas = SANAS(configs, input_shape=SHAPE, search_steps=6, seed=1)
    moved = 0
    while sanas.steps_left:
        networks = sanas.next_archs()
        info = sanas.current_info()
        assert str(sanas.tokens2arch(info["current_tokens"])) == str(networks)
        assert sanas.reward(-sanas.study.evaluated)
        assert sanas.current_info()["current_tokens"] == info["current_tokens"]
        moved += info["current_tokens"] != info["base_tokens"]
    assert moved >= 4


@pytest.mark.needs("mobilenet", "resnet")
def test_the_current_tokens_are_those_of_the_first_networks_that_keep_the_constraints():
    sanas = search(constraints={"macs": {"max": 50_000}})
    assert sanas.space.cost()["macs"] > 50_000
    assert sanas.current_info()["current_tokens"] == sanas.space.init_tokens
    networks = sanas.next_archs()
    assert sanas.current_info()["current_tokens"] != sanas.space.init_tokens
    assert str(sanas.tokens2arch(sanas.current_info()["current_tokens"])) == str(networks)


@pytest.mark.needs("mobilenet", "resnet")
def test_the_base_is_the_tokens_whose_neighbours_are_proposed():
    sanas = search(init_temperature=1e-9)
    for score in (0.5, 0.6, 0.1):
        sanas.next_archs()
        sanas.reward(score)
    info = sanas.current_info()
    assert info["base_tokens"] == info["best_tokens"] == sanas.space.encode(sanas.study.trials[1].point)
    assert info["current_tokens"] == sanas.space.encode(sanas.study.trials[2].point)


@pytest.mark.needs("mobilenet", "resnet")
def test_a_score_may_be_a_tensor_and_one_that_is_not_finite_is_not_taken_and_marks_a_failure():
    sanas = search()
    sanas.next_archs()
    assert sanas.reward(torch.tensor(0.25)) is True
    sanas.next_archs()
    assert sanas.reward(math.nan) is False
    assert not sanas.is_best
    assert [(trial.state, trial.error) for trial in sanas.study.trials] == [
        ("complete", None),
        ("failed", "metric 'reward' is nan"),
    ]
    assert sanas.current_info()["best_reward"] == 0.25
    assert sanas.steps_left == 3


@pytest.mark.needs("mobilenet", "resnet")
def test_networks_that_were_not_rewarded_are_passed_over():
    sanas = search()
    sanas.next_archs()
    sanas.next_archs()
    sanas.reward(0.5)
    assert [(trial.state, trial.error) for trial in sanas.study.trials] == [
        ("failed", "no reward was given"),
        ("complete", None),
    ]


@pytest.mark.needs("mobilenet", "resnet")
def test_a_reward_without_networks_is_refused():
    sanas = search()
    message = "nothing waits for a reward; call next_archs() first, and reward its networks only once"
    with refused(message):
        sanas.reward(0.5)
    sanas.next_archs()
    sanas.reward(0.5)
    with refused(message):
        sanas.reward(0.5)


@pytest.mark.needs("mobilenet", "resnet")
def test_after_the_last_step_there_are_no_more_networks():
    sanas = search(search_steps=1)
    sanas.next_archs()
    sanas.reward(0.5)
    with refused("all 1 search steps are done; current_info() has the best tokens; to continue, raise search_steps"):
        sanas.next_archs()


def test_a_space_without_a_further_network_says_so():
    sanas = SANAS({"type": "Conv2d", "out_channels": {"choice": [4, 8]}, "kernel_size": 1})
    for _ in range(2):
        sanas.next_archs()
        sanas.reward(0.5)
    with refused("no network is left after 2 steps; current_info() has the best tokens"):
        sanas.next_archs()


@pytest.mark.needs("mobilenet", "resnet")
def test_tokens_that_do_not_fit_are_refused():
    with pytest.raises(
        ValueError, match=r"^MobileNetV2BlockSpace\.tokens: token 1 must be at least 0 and below 20, got 20$"
    ):
        search().tokens2arch([0, 20, 0, 0, 0, 0, 0, 0])
    with refused("SimulatedAnnealing: init_tokens: expected 8 tokens, got 1"):
        search(init_tokens=[1])


@pytest.mark.needs("mobilenet", "resnet")
def test_an_option_that_is_not_known_is_refused():
    with refused("SimulatedAnnealing has no option 'step'; did you mean 'steps'?"):
        search(step=8)


NO_SERVER = (
    "the search runs in this program, without a server; `fgspace search` runs trials in several processes, or on"
    " several machines"
)


@pytest.mark.needs("mobilenet", "resnet")
def test_the_arguments_of_paddleslim_are_taken_by_name_and_in_its_order(tmp_path):
    start = [1, 2, 3, 0, 5, 6, 0, 1]
    given = {
        "server_addr": ("", 8881),
        "init_temperature": 10.24,
        "reduce_rate": 0.5,
        "search_steps": 7,
        "init_tokens": start,
        "save_checkpoint": tmp_path / "checkpoint",
        "load_checkpoint": None,
        "is_server": True,
    }
    for make in (lambda: SANAS(configs=[ROW], **given), lambda: SANAS([ROW], *given.values())):
        with pytest.warns(UserWarning, match="ignores") as notes:
            sanas = make()
        assert [str(note.message) for note in notes] == [f"SANAS ignores server_addr: {NO_SERVER}"]
        assert notes[0].filename == __file__
        assert sanas.study.algorithm.init_temperature == 10.24
        assert sanas.study.algorithm.reduce_rate == 0.5
        assert sanas.steps_left == 7
        assert sanas.current_info()["current_tokens"] == start
        sanas.close()
        (tmp_path / "checkpoint" / "study.db").unlink()


def test_a_client_of_a_server_is_refused():
    with refused(f"SANAS cannot be a client of a server: {NO_SERVER}"):
        search(server_addr=("10.0.0.1", 8881), is_server=False)


@pytest.mark.needs("mobilenet", "resnet")
def test_a_saved_search_is_loaded_and_goes_on_where_it_is(tmp_path):
    place = tmp_path / "checkpoint"
    with search(save_checkpoint=place) as sanas:
        sanas.next_archs()
        sanas.reward(0.3)
        sanas.next_archs()
        info = sanas.current_info()
    with search(load_checkpoint=place) as again:
        assert again.current_info() == info
        assert again.steps_left == 4
        again.next_archs()
        assert again.current_info() == info
        again.reward(0.4)
    with search(save_checkpoint=str(place), load_checkpoint=place) as third:
        assert third.steps_left == 3


@pytest.mark.needs("mobilenet", "resnet")
def test_a_search_that_was_saved_is_not_replaced(tmp_path):
    search(save_checkpoint=tmp_path).close()
    shown = repr(str(tmp_path))
    with refused(
        f"there is a search at {shown} already; give load_checkpoint={shown} to continue it, or name another folder"
    ):
        search(save_checkpoint=tmp_path)


def test_checkpoints_that_do_not_go_together_are_refused(tmp_path):
    shown = repr(str(tmp_path / "none"))
    with refused(f"there is no search at {shown}; save_checkpoint={shown} starts one there"):
        search(load_checkpoint=tmp_path / "none")
    with refused(
        "load_checkpoint is 'one', but save_checkpoint is 'other'; a search is saved where it is loaded: copy the"
        " folder, and give the copy as load_checkpoint"
    ):
        search(load_checkpoint="one", save_checkpoint="other")
    with refused("give checkpoint, or save_checkpoint and load_checkpoint, not both"):
        search(checkpoint="one", save_checkpoint="one")


@pytest.mark.parametrize(
    ("scene", "tokens"),
    [({"_best_tokens": [3, 1], "_tokens": [0, 1]}, [3, 1]), ({"_best_tokens": None, "_tokens": [0, 1]}, [0, 1])],
)
def test_a_checkpoint_of_paddleslim_gives_its_tokens(tmp_path, scene, tokens):
    (tmp_path / "sanas.checkpoints").write_text(json.dumps(scene))
    with refused(
        f"the search at {str(tmp_path)!r} is one of PaddleSlim, which cannot be continued; start a new one with"
        f" init_tokens={tokens}"
    ):
        search(load_checkpoint=tmp_path)


def test_a_damaged_checkpoint_of_paddleslim_is_no_search(tmp_path):
    (tmp_path / "sanas.checkpoints").write_text("{")
    with refused(f"there is no search at {str(tmp_path)!r}; save_checkpoint={str(tmp_path)!r} starts one there"):
        search(load_checkpoint=tmp_path)


@pytest.mark.needs("mobilenet", "resnet")
def test_no_network_breaks_a_constraint():
    sanas = search(constraints={"macs": {"max": 300_000}}, search_steps=20)
    while sanas.steps_left:
        sanas.next_archs()
        sanas.reward(0.5)
    assert all(sanas.space.cost(trial.point)["macs"] <= 300_000 for trial in sanas.study.trials)


@pytest.mark.needs("mobilenet", "resnet")
def test_a_search_goes_on_from_its_checkpoint_and_refuses_that_of_another(tmp_path):
    with search(checkpoint=tmp_path / "search.db") as sanas:
        for score in (0.3, 0.9):
            sanas.next_archs()
            sanas.reward(score)
        (waiting,) = sanas.next_archs()
        info = sanas.current_info()
    with search(checkpoint=tmp_path / "search.db") as again:
        assert again.current_info() == info
        assert again.steps_left == 3
        assert str(again.next_archs()[0]) == str(waiting)
    with refused(f"{str(tmp_path / 'search.db')!r} is another study: its seed is 0, not 1; name another folder"):
        search(checkpoint=tmp_path / "search.db", seed=1)


def program(place, kill_at=-1):
    return subprocess.run([sys.executable, "-c", SEARCH, str(place), str(kill_at)], capture_output=True, text=True)


@pytest.mark.needs("mobilenet", "resnet")
@pytest.mark.soak
def test_a_program_killed_while_it_trains_goes_on_as_if_it_had_never_stopped(tmp_path):
    assert program(tmp_path / "killed", kill_at=6).returncode == -signal.SIGKILL
    assert program(tmp_path / "killed", kill_at=3).returncode == -signal.SIGKILL
    resumed, whole = program(tmp_path / "killed"), program(tmp_path / "whole")
    assert json.loads(resumed.stdout) == json.loads(whole.stdout)
    info, trials = json.loads(whole.stdout)
    assert len(trials) == 8
    assert info["best_reward"] == max(metrics["reward"] for _, metrics in trials)


@pytest.mark.needs("mobilenet", "resnet")
def test_the_program_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    scores = iter(range(100))
    exec(code.replace("search_steps=100", "search_steps=3"), {"accuracy_of": lambda network: next(scores)})
    assert "'best_reward': 2" in capsys.readouterr().out
