"""The executor on a cluster: nodes that join and are lost, calls that kill their process, and what is refused."""

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
from fgspace_ray.cluster import check_answers
from fgspace_ray.executor import RayExecutor

sys.path.insert(0, str(Path(__file__).parent))
trials = import_module("trials")


@pytest.mark.soak
def test_workers_follow_the_nodes_and_a_call_on_a_lost_node_is_run_again(machines, tmp_path):
    with RayExecutor(machines.address, cpus=2) as executor:
        assert executor.workers == 2
        assert executor.submit(trials.threads).result(trials.PATIENCE) == 2
        node = machines.add(num_cpus=2)
        trials.wait_for(lambda: executor.workers == 3)
        futures = [executor.submit(trials.wait_on_a_node, tmp_path) for _ in range(3)]
        trials.wait_for(lambda: len(list(tmp_path.iterdir())) == 3)
        assert any(file.name.startswith(node.node_id) for file in tmp_path.iterdir())
        machines.lose(node)
        (tmp_path / "go").touch()
        nodes = [future.result(trials.PATIENCE) for future in futures]
        assert len(nodes) == 3
        assert node.node_id not in nodes
        trials.wait_for(lambda: executor.workers == 2)


@pytest.mark.soak
def test_a_node_without_the_plugin_ends_the_study_and_so_does_the_loss_of_the_last_node_for_a_trial(machines, tmp_path):
    (tmp_path / "fgspace_ray.py").write_text("raise ImportError('no such thing here')")
    node = machines.add(num_cpus=1, num_gpus=1, env_vars={"PYTHONPATH": str(tmp_path)})
    with RayExecutor(machines.address, gpus=1) as executor:
        assert executor.workers == 1
        lacks = executor.submit(len, "four").exception(trials.PATIENCE)
        machines.lose(node)
        lost = executor.submit(len, "four").exception(trials.PATIENCE)
    assert isinstance(lacks, ExecutorError)
    assert isinstance(lost, ExecutorError)
    assert str(lacks) == (
        "a node cannot run trials: ImportError: no such thing here; install the same packages in the same versions"
        " there as on this machine"
    )
    assert str(lost) == (
        "a trial needs 1 cpus and 1 gpus, and no node of the cluster has that many (its nodes have 0 cpus; 2 cpus);"
        " lower cpus or gpus under executor:, or add a node"
    )


def test_a_call_that_kills_its_process_is_run_again_as_often_as_retries_allow(machines):
    with RayExecutor(machines.address, retries=1) as executor:
        error = executor.submit(os._exit, 3).exception(trials.PATIENCE)
    assert isinstance(error, TrialError)
    assert str(error) == "the worker process died; it was run 2 times"


def test_a_call_that_takes_too_long_is_killed_even_if_it_holds_the_interpreter(machines, tmp_path):
    with RayExecutor(machines.address, seconds=0.1, workers=1) as executor:
        first, _ = (executor.submit(trials.HoldTheInterpreter(tmp_path / name)) for name in ("first", "second"))
        assert str(first.exception(trials.PATIENCE)) == "took longer than 0.1 seconds"
        pid = int((tmp_path / "first").read_text())
        trials.wait_for(lambda: not trials.is_alive(pid))
        trials.wait_for((tmp_path / "second").exists)  # and the next call has its place


def test_the_handler_of_sigterm_stays_and_a_second_cluster_is_refused(machines):
    before = signal.getsignal(signal.SIGTERM)
    with RayExecutor(machines.address):
        assert signal.getsignal(signal.SIGTERM) == before
        with pytest.raises(FgspaceError) as error:
            RayExecutor(machines.address)
    assert str(error.value) == "this program is connected to a Ray cluster already; call ray.shutdown() first"


def test_a_trial_that_needs_more_than_any_node_has_is_refused_at_once(machines):
    with pytest.raises(FgspaceError) as error:
        RayExecutor(machines.address, cpus=64)
    assert str(error.value) == (
        "a trial needs 64 cpus, and no node of the cluster has that many (its nodes have 0 cpus; 2 cpus); lower cpus"
        " or gpus under executor:, or add a node"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cpus": 1.5}, "cpus must be a whole number or a fraction below 1, got 1.5"),
        ({"gpus": -1}, "gpus must be a whole number or a fraction below 1, got -1"),
        ({"cpus": 0}, "a trial needs cpus or gpus, got 0 of both"),
        ({"workers": 0}, "workers must be at least 1, got 0"),
        ({"retries": -1}, "retries must be at least 0, got -1"),
        ({"threads": 0}, "threads must be at least 1, got 0"),
        ({"seconds": 0}, "seconds must be above 0 and at most 1,000,000, got 0"),
        ({"modules": ["./no_such.py"]}, "-p ./no_such.py: there is no such file"),
        ({"address": "nowhere"}, "address must be the HOST:PORT of the head of a Ray cluster, or auto; got 'nowhere'"),
        (
            {"address": "ray://head:10001"},
            "address must be the HOST:PORT of the head of a Ray cluster, or auto; got 'ray://head:10001'",
        ),
        (
            {"address": "127.0.0.1:1"},
            "no Ray cluster answers at '127.0.0.1:1': Connection refused; start one there with ray start --head"
            " --port 1, or leave the address out to start one on this machine",
        ),
    ],
)
def test_a_wrong_option_is_refused_before_a_cluster_starts(options, message):
    with pytest.raises(FgspaceError) as error:
        RayExecutor(**options)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("answer", "patience", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", trials.PATIENCE, "the server there is not Ray"),
        (None, 0.01, "timed out"),
    ],
)
def test_another_server_at_the_address_is_refused_whether_it_answers_or_not(answer, patience, reason):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(server, answer))
        thread.start()
        with pytest.raises(FgspaceError) as error:
            check_answers(f"127.0.0.1:{port}", patience)
        thread.join()
    assert str(error.value) == (
        f"no Ray cluster answers at '127.0.0.1:{port}': {reason}; start one there with ray start --head --port {port},"
        " or leave the address out to start one on this machine"
    )


def _serve(server, answer):
    connection, _ = server.accept()
    with connection:
        if answer is not None:
            connection.sendall(answer)
        with suppress(ConnectionResetError):
            while connection.recv(1000):  # until the other side gives up
                pass
