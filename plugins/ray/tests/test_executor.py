"""Nodes that come and go, trials that take their process along, and clusters that are not there."""

import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from fgspace import FgspaceError
from fgspace.study.executors.executor import ExecutorError
from fgspace.study.failure import TrialError
from fgspace_ray.executor import RayExecutor

sys.path.insert(0, str(Path(__file__).parent))
trials = import_module("trials")


def test_workers_follow_the_nodes_and_a_call_on_one_that_goes_away_is_run_again(machines, tmp_path):
    with RayExecutor(machines.address, cpus=2) as executor:
        assert executor.workers == 2
        assert executor.submit(trials.threads).result(trials.PATIENCE) == 2
        node = machines.add(num_cpus=2)
        trials.wait_for(lambda: executor.workers == 3)
        futures = [executor.submit(trials.come_and_wait, tmp_path) for _ in range(3)]
        trials.wait_for(lambda: len(list(tmp_path.iterdir())) == 3)
        assert any(file.name.startswith(node.node_id) for file in tmp_path.iterdir())
        machines.lose(node)
        (tmp_path / "go").touch()
        nodes = [future.result(trials.PATIENCE) for future in futures]
        assert len(nodes) == 3
        assert node.node_id not in nodes
        trials.wait_for(lambda: executor.workers == 2)


def test_a_node_that_lacks_the_plugin_ends_the_study_and_so_does_that_no_node_is_left_for_a_trial(machines, tmp_path):
    (tmp_path / "fgspace_ray.py").write_text("raise ImportError('no such thing here')")
    node = machines.add(num_cpus=1, num_gpus=1, env_vars={"PYTHONPATH": str(tmp_path)})
    with RayExecutor(machines.address, gpus=1) as executor:
        assert executor.workers == 1
        lacks = executor.submit(len, "four").exception(trials.PATIENCE)
        machines.lose(node)
        gone = executor.submit(len, "four").exception(trials.PATIENCE)
    assert isinstance(lacks, ExecutorError)
    assert isinstance(gone, ExecutorError)
    assert str(lacks) == (
        "a node cannot run trials: ImportError: no such thing here; install there what this machine has, in the same"
        " versions"
    )
    assert str(gone) == (
        "a trial is to have 1 cpus and 1 gpus, and no node of the cluster has as much (there are nodes of 0 cpus;"
        " 2 cpus); lower cpus or gpus under executor:, or add a node"
    )


def test_a_call_that_takes_its_process_along_is_run_again_so_many_times_and_no_more(machines):
    with RayExecutor(machines.address, retries=1) as executor:
        error = executor.submit(lambda: os._exit(3)).exception(trials.PATIENCE)
    assert isinstance(error, TrialError)
    assert str(error) == "the worker process died; it was run 2 times"


def test_a_call_that_takes_too_long_is_ended_even_where_it_holds_the_interpreter(machines):
    with RayExecutor(machines.address, seconds=1, workers=1) as executor:
        hanging = executor.submit(trials.hold_everything)
        waiting = executor.submit(len, "four")  # its time does not run while it waits
        assert str(hanging.exception(trials.PATIENCE)) == "took longer than 1 seconds"
        assert waiting.result(trials.PATIENCE) == 4


def test_what_sigterm_does_is_left_to_the_program_and_a_second_cluster_is_refused(machines):
    before = signal.getsignal(signal.SIGTERM)
    with RayExecutor(machines.address):
        assert signal.getsignal(signal.SIGTERM) == before
        with pytest.raises(FgspaceError) as error:
            RayExecutor(machines.address)
    assert str(error.value) == "this program uses a Ray cluster already; leave it by ray.shutdown() first"


def test_more_than_any_node_has_is_refused_at_once(machines):
    with pytest.raises(FgspaceError) as error:
        RayExecutor(machines.address, cpus=64)
    assert str(error.value) == (
        "a trial is to have 64 cpus, and no node of the cluster has as much (there are nodes of 0 cpus; 2 cpus); lower"
        " cpus or gpus under executor:, or add a node"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cpus": 1.5}, "cpus must be a whole number or a share of one, got 1.5"),
        ({"gpus": -1}, "gpus must be a whole number or a share of one, got -1"),
        ({"cpus": 0}, "a trial must have cpus or gpus, got 0 of both"),
        ({"workers": 0}, "workers must be at least 1, got 0"),
        ({"retries": -1}, "retries must be at least 0, got -1"),
        ({"threads": 0}, "threads must be at least 1, got 0"),
        ({"seconds": 0}, "seconds must be above 0 and at most 1,000,000, got 0"),
        ({"modules": ["./no_such.py"]}, "-p ./no_such.py: there is no such file"),
        ({"address": "nowhere"}, "'nowhere' is no address of a Ray cluster; write the head's HOST:PORT, or auto"),
        (
            {"address": "ray://head:10001"},
            "'ray://head:10001' is no address of a Ray cluster; write the head's HOST:PORT, or auto",
        ),
        (
            {"address": "127.0.0.1:1"},
            "no Ray cluster answers at '127.0.0.1:1': Connection refused; begin one there by ray start --head --port 1,"
            " or leave the address out for one on this machine",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_begins(options, message):
    with pytest.raises(FgspaceError) as error:
        RayExecutor(**options)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("answer", "told"), [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "what answers is something else"), (None, "timed out")]
)
def test_something_else_that_listens_at_the_address_is_told_within_seconds(answer, told):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        thread = threading.Thread(target=_answer, args=(server, answer))
        thread.start()
        with pytest.raises(FgspaceError) as error:
            RayExecutor(f"127.0.0.1:{port}")
        thread.join()
    assert str(error.value) == (
        f"no Ray cluster answers at '127.0.0.1:{port}': {told}; begin one there by ray start --head --port {port}, or"
        " leave the address out for one on this machine"
    )


def _answer(server, answer):
    connection, _ = server.accept()
    with connection:
        if answer is not None:
            connection.sendall(answer)
        with suppress(ConnectionResetError):
            while connection.recv(1000):  # until the other side gives up
                pass
