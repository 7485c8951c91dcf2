"""The commands that show types, files and networks: their output, streams and exit status."""
# ruff: noqa: E501 - a message is one line, as the user sees it

import json
import subprocess
import sys

import pytest

NOTHING_NEAR = "; fgspace list shows what there is, and -p MODULE imports types of your own"
MINE = ("-p", "./my_blocks.py")
POINT = {"depth": 4, "mask": [1, 1, 0, 0], "evaluator.rate": 0.1}


def printed(done) -> str:
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(done) -> str:
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def test_list_shows_what_a_file_of_the_user_registers(fgspace):
    listed = json.loads(printed(fgspace("list", "evaluator", "--json", *MINE)))["types"]
    assert [(one["name"], one["full_name"], one["origin"]) for one in listed] == [
        ("Hill", "program/Hill", "this program"),
        ("Weigh", "program/Weigh", "this program"),
    ]
    assert printed(fgspace("list", "evaluator", "-p", "my_blocks")).splitlines()[1].split()[:2] == ["evaluator", "Hill"]


def test_show_prints_a_type_of_the_user_with_its_defaults(fgspace):
    shown = printed(fgspace("show", "Pair", *MINE))
    assert "Two convolutions, one upon the other." in shown
    assert "width" in shown
    assert "8" in shown


def test_show_prints_how_a_file_is_understood(fgspace):
    assert (
        printed(fgspace("show", "hill.yaml", *MINE))
        == """\
HYPER-PARAMETER  DOMAIN              FROM          UNDERSTOOD AS
depth            int [1, 9]          1             domain
evaluator.rate   choice of 0.1, 0.2  0.1           candidates
mask             4 bits              [0, 0, 0, 0]  domain

size      288 points
digest    e5897420af9527d3
input     3 × 32 × 32

# the description at the initial point; auto follows from the part before
type: FineGrainedSpace
depth: 1
mask: [0, 0, 0, 0]
evaluator: {type: Hill, top: 7, rate: 0.1}
"""
    )


def test_plugins_tells_core_and_leaves_out_what_is_left_out(fgspace):
    states = {one["name"]: one["state"] for one in json.loads(printed(fgspace("plugins", "--json")))["plugins"]}
    assert states.pop("fgspace") == "ok"
    assert set(states.values()) <= {"disabled"}


def test_sample_gives_the_same_points_for_the_same_seed(fgspace):
    first = printed(fgspace("sample", "hill.yaml", "-n", "3", "--seed", "5", "--json", *MINE))
    assert printed(fgspace("sample", "hill.yaml", "-n", "3", "--seed", "5", "--json", *MINE)) == first
    assert printed(fgspace("sample", "hill.yaml", "-n", "3", "--json", *MINE)) != first
    points = [json.loads(line)["point"] for line in first.splitlines()]
    assert len(points) == 3
    assert all(point.keys() == POINT.keys() for point in points)


def test_sample_takes_its_seed_from_the_file(fgspace):
    told = printed(fgspace("sample", "hill.yaml", "--seed", "3", *MINE))
    assert printed(fgspace("sample", "hill.yaml", *MINE)) == told
    assert told.splitlines()[0] == "point 0"
    assert [line.partition(":")[0] for line in told.splitlines()[1:]] == ["  depth", "  evaluator.rate", "  mask"]


def test_build_tells_params_macs_and_shapes(fgspace):
    # By hand: 3×3×3×8 + 8, and 8×6 + 6, at 8×8 pixels.
    params, macs = 3 * 9 * 8 + 8 + 8 * 6 + 6, (3 * 9 * 8 + 8 * 6) * 64
    told = json.loads(printed(fgspace("build", "network.yaml", "--json", *MINE)))
    assert (told["params"], told["macs"], told["output_shape"]) == (params, macs, [6, 8, 8])
    assert [part["path"] for part in told["parts"]] == ["body.first", "body.second", "head"]
    larger = json.loads(printed(fgspace("build", "network.yaml", "--json", "--input", "3,16,16", *MINE)))
    assert (larger["params"], larger["macs"], larger["output_shape"]) == (params, 4 * macs, [6, 16, 16])


def test_build_prints_a_row_for_every_part_and_the_total(fgspace):
    rows = [line.split() for line in printed(fgspace("build", "network.yaml", *MINE)).splitlines()]
    assert rows == [
        ["PART", "TYPE", "INPUT", "OUTPUT", "PARAMS", "MACS"],
        ["body.first", "Conv2d", "3×8×8", "8×8×8", "224", "13,824"],
        ["body.second", "Conv2d", "8×8×8", "6×8×8", "54", "3,072"],
        ["head", "Identity", "6×8×8", "6×8×8", "0", "0"],
        ["total", "3×8×8", "6×8×8", "278", "16,896"],
    ]


@pytest.mark.soak
def test_check_holds_every_point(fgspace):
    told = printed(fgspace("check", "network.yaml", *MINE))
    # By hand: the 3×3 convolution to the width, the 1×1 one to 6 channels, and the 1×1 one to 4 channels or none.
    assert told == (
        "network.yaml: in order; 4 of 4 points checked, 4 of them built and run\n"
        "params 278 to 442, macs 16.9 k to 26.9 k, among 4 points\n"
    )
    told = printed(fgspace("check", "network.yaml", "--points", "3", *MINE))
    assert told.splitlines()[0] == "network.yaml: in order; 3 of 4 points checked, 3 of them built and run"
    told = printed(fgspace("check", "hill.yaml", "--points", "3", *MINE))
    assert told == "hill.yaml: in order; 3 of 288 points checked\n"


def test_what_lists_no_modules_is_no_network_to_build(fgspace):
    assert refused(fgspace("build", "hill.yaml", *MINE)) == (
        "hill.yaml: lists no modules, so there is no network to build; see: fgspace show hill.yaml -p ./my_blocks.py\n"
    )


@pytest.mark.soak
def test_check_tells_what_is_wrong_at_another_point(fgspace, folder):
    text = (folder / "network.yaml").read_text().replace("out_channels: 4", "out_channels: 4, groups: 5")
    (folder / "network.yaml").write_text(text)
    assert printed(fgspace("build", "network.yaml", "--json", *MINE)) != ""
    assert refused(fgspace("check", "network.yaml", *MINE)) == (
        "network.yaml:7:77: head: groups of 5 do not divide in_channels of 6;"
        " for instance where body.width is 8, head is Conv2d\n"
    )


@pytest.mark.parametrize("command", ["show", "sample", "build", "check", "search"])
def test_every_command_answers_a_mistake_with_its_place_and_status_2(fgspace, command):
    assert refused(fgspace(command, "network.yaml")) == (
        f"network.yaml:6:16: body.type: unknown module type 'Pair'{NOTHING_NEAR}\n"
        f"network.yaml:8:19: evaluator.type: unknown evaluator 'Weigh'{NOTHING_NEAR}\n"
    )


@pytest.mark.parametrize("command", ["sample", "build", "check", "search"])
def test_a_file_that_is_not_there_is_answered_with_status_2(fgspace, command):
    assert refused(fgspace(command, "nonsuch.yaml")) == "nonsuch.yaml: no such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample", "hill.yaml", "-n", "0"], "argument -n: expected a whole number of at least 1, got '0'"),
        (["sample", "hill.yaml", "--seed", "x"], "argument --seed: expected a whole number of at least 0, got 'x'"),
        (
            ["check", "hill.yaml", "--points", "-1"],
            "argument --points: expected a whole number of at least 1, got '-1'",
        ),
        (["search", "hill.yaml", "--trials", "0"], "argument --trials: expected a whole number of at least 1, got '0'"),
        (
            ["search", "hill.yaml", "--workers", "0"],
            "argument --workers: expected a whole number of at least 1, got '0'",
        ),
        (["search", "hill.yaml", "--seed", "-1"], "argument --seed: expected a whole number of at least 0, got '-1'"),
        (["search"], "the following arguments are required: FILE"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_arguments_that_cannot_be_are_answered_with_status_2(fgspace, arguments, message):
    assert refused(fgspace(*arguments)).splitlines()[-1].partition("error: ")[2] == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "-p", "./nonsuch.py"], "-p ./nonsuch.py: there is no such file\n"),
        (["list", "-p", "nonsuch"], "-p nonsuch: No module named 'nonsuch'\n"),
        (["build", "network.yaml", *MINE, "--input", "3,x"], "--input: expected whole numbers with commas between, as in 3,32,32; got '3,x'\n"),
        (["show", "Nonsuch"], f"unknown type 'Nonsuch'{NOTHING_NEAR}\n"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_answered_with_status_2(fgspace, arguments, message):
    assert refused(fgspace(*arguments)) == message


def test_what_a_reader_has_had_enough_of_ends_quietly(fgspace, folder, environment):
    command = f"{sys.executable} -m fgspace list --json | head -c 10"
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == ('{"schema":', "")


def test_build_refuses_in_one_sentence_what_does_not_fit_in_memory(fgspace, folder):
    text = (folder / "network.yaml").read_text().replace("outchannel: 6", "outchannel: 10_000_000_000_000")
    (folder / "network.yaml").write_text(text)
    told = refused(fgspace("build", "network.yaml", *MINE))
    assert told.startswith("network.yaml:2:3: needs ")
    assert told.endswith(" of memory; make it smaller, or bound params by a constraint\n")
    assert len(told.splitlines()) == 1
