"""optuna-dashboard opens a study that was written for it, in a real Chromium."""

import os
import socket
import subprocess
import sys
from importlib.util import find_spec

import pytest
from browser import CHROMIUM, Browser
from fgspace import Results

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.skipif(find_spec("optuna_dashboard") is None, reason="optuna-dashboard is not installed"),
]


def test_the_dashboard_shows_the_study_and_its_trials(searched, fgspace, folder, tmp_path):
    done = fgspace("convert", "hill", "--to", "optuna", "--storage", "sqlite:///shown.db", "-p", "./hill.py")
    assert done.returncode == 0, done.stderr
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = "from optuna_dashboard._cli import main; main()"
    server = subprocess.Popen(
        [sys.executable, "-u", "-c", command, "sqlite:///shown.db", "--port", str(port), "--host", "127.0.0.1"],
        cwd=folder,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        assert any(address in line for line in server.stdout)
        with Browser(tmp_path / "profile") as browser:
            browser.size(1600)
            browser.open(f"{address}/dashboard")
            browser.wait("document.body.innerText.includes('hill')")
            browser.open(f"{address}/dashboard/studies/1")
            browser.wait("document.body.innerText.includes('Pareto Front')")
            assert browser.js("document.body.innerText").count("score")
            browser.open(f"{address}/dashboard/studies/1/trials")
            browser.wait("document.body.innerText.includes('mask.5')")
            assert f"{len(list(Results(searched).trials))} Trials" in browser.js("document.body.innerText")
            assert not browser.errors
    finally:
        server.terminate()
        server.communicate(timeout=20)
