"""`fgspace watch --web`: the report of a search that goes on, in a browser and for a stranger."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import fgspace as fg
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from browser import CHROMIUM, Browser
from report_studies import NETWORK, evaluate, search


@contextmanager
def served(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "fgspace", "watch", str(folder), "--web", "--port", "0", *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            (port,) = re.findall(r"http://127\.0\.0\.1:(\d+)\n", server.stdout.readline())
            yield server, int(port)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
    assert server.returncode == 0


def get(port: int, path: str, host: str | None = None) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={} if host is None else {"Host": host})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_the_page_follows_the_search_and_keeps_what_its_reader_chose(tmp_path: Path) -> None:
    study = fg.Study(
        fg.space(NETWORK, (3, 16, 16)), "RandomSearch", {"accuracy": "max", "macs": "min"}, store=tmp_path / "s"
    )
    study.run(evaluate, 10)
    with served(tmp_path / "s") as (_, port), Browser(tmp_path / "profile") as browser:
        browser.open(f"http://127.0.0.1:{port}/")
        browser.js(
            "(() => {const list = document.getElementById('x-0'); list.value = 'seconds';"
            "list.dispatchEvent(new Event('change')); Started.get(0).choose(3)})()"
        )
        browser.wait("Refresh.state !== undefined")
        study.run(evaluate, 25)
        browser.wait("typeof Started !== 'undefined' && Started.get(0)?.study.count >= 25")
        browser.wait("document.getElementById('x-0').value === 'seconds'")
        browser.wait("Started.get(0).details.trial === 3")
        assert browser.errors == []
        assert {address.partition("?")[0] for address in browser.requests} == {
            f"http://127.0.0.1:{port}/",
            f"http://127.0.0.1:{port}/state",
        }
    study.close()


def test_the_server_is_for_this_machine_and_has_one_page(tmp_path: Path) -> None:
    folder = search(tmp_path / "study", trials=5)
    with served(folder) as (_, port):
        status, text = get(port, "/")
        assert status == 200
        assert text.startswith("<!doctype html>")
        assert get(port, "/../study.db") == (404, "there is only the page /")
        assert get(port, "/", "evil.example:80") == (403, "this server is for this machine only")


def test_mistakes_are_said_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from fgspace.cli import main

    folder = search(tmp_path / "study", trials=2)
    with served(folder) as (_, port):
        assert main(["watch", str(folder), "--web", "--port", str(port)]) == 2
    assert capsys.readouterr().err == (
        f"--port: {port} cannot be used: Address already in use; choose another, or 0 for any that is free\n"
    )
    assert main(["watch", str(folder), "--web", "--port", "70000"]) == 2
    assert capsys.readouterr().err == (
        "--port: 70000 cannot be used: bind(): port must be 0-65535.; choose another, or 0 for any that is free\n"
    )
    assert main(["watch", str(folder), "--port", "8000"]) == 2
    assert capsys.readouterr().err == "--port: is that of --web; write --web --port, or leave it out\n"
    assert main(["watch", str(tmp_path / "none"), "--web"]) == 2
    missing = tmp_path / "none" / "study.db"
    assert capsys.readouterr().err == f"there is no study at '{missing}'; name the folder of one\n"
