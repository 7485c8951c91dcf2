"""Claim: the report of 20,000 trials is a few megabytes, opens in under 3 s in Chromium, and in less than plotly takes.

Prints the seconds that the page takes to make, its size, and the seconds until it has drawn itself, beside those of the
same points in a page of plotly (scattergl), where plotly is installed: pip install plotly.
"""

import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import fgspace as fg
from fgspace.runs.pages.page import page
from fgspace.runs.reports.opening import source_of
from fgspace.runs.reports.study_data import report_data

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser import CHROMIUM, Browser
from report_studies import NETWORK, evaluate

TRIALS = 20_000
MOST_SECONDS = 3.0
REPEATS = 3


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        file, making = made(place)
        print(f"fgspace: {file.stat().st_size / 1e6:.2f} MB, made in {making:.1f} s")
        if CHROMIUM is None:
            print("chromium is not installed: the opening is not measured")
            return
        ours = opening(file, "document.documentElement.dataset.ready === 'true'")
        print(f"fgspace: opens in {ours:.2f} s")
        if find_spec("plotly"):
            other = with_plotly(place)
            theirs = opening(other, "window.drawn === true")
            print(
                f"plotly:  {other.stat().st_size / 1e6:.2f} MB, opens in {theirs:.2f} s, {theirs / ours:.1f} times ours"
            )
        assert ours < MOST_SECONDS, f"expected less than {MOST_SECONDS} s"


def made(place: Path) -> tuple[Path, float]:
    """Search, and write the report; return its file, and the seconds that the report took."""
    study = fg.Study(
        fg.space(NETWORK, (3, 16, 16)), "RandomSearch", {"accuracy": "max", "macs": "min"}, store=place / "study"
    )
    study.run(evaluate, TRIALS)
    study.close()
    start = time.perf_counter()
    file = place / "report.html"
    file.write_text(page(report_data([source_of(place / "study")])), "utf-8")
    return file, time.perf_counter() - start


def with_plotly(place: Path) -> Path:
    """Write the same points as a page of plotly, with its script in the page."""
    import plotly.graph_objects as go

    trials = [trial for trial in fg.Study.open(place / "study").trials if trial.measured]
    points = go.Scattergl(
        x=[trial.metrics["macs"] for trial in trials], y=[trial.metrics["accuracy"] for trial in trials], mode="markers"
    )
    file = place / "plotly.html"
    file.write_text(go.Figure(points).to_html(include_plotlyjs=True, post_script="window.drawn = true"), "utf-8")
    return file


def opening(file: Path, is_drawn: str) -> float:
    """Return the least seconds until a page is drawn, each time in a new browser."""
    found = []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as profile, Browser(Path(profile)) as browser:
            browser.size(1600)
            start = time.perf_counter()
            browser.open(file.as_uri())
            browser.wait(is_drawn)
            found.append(time.perf_counter() - start)
            is_ours = file.name == "report.html"  # plotly's page has warnings of WebGL
            assert not is_ours or browser.errors == [], browser.errors[:3]
    return min(found)


if __name__ == "__main__":
    main()
