"""The page of a report, in a real Chromium: mouse, keyboard, sorting, filtering, widths and colours."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import fgspace as fg
import pytest
from fgspace.cli import main

sys.path.insert(0, str(Path(__file__).parent))
from browser import CHROMIUM, Browser
from report_studies import HOSTILE, NETWORK, search

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

FIRST = "Started.get(0)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a study with failures, stopped trials, trials against a constraint, and its report."""
    place = search(
        tmp_path_factory.mktemp("report") / "study",
        trials=120,
        early_stopping={"type": "SuccessiveHalving", "min_epochs": 1},
        algorithm="RegularizedEvolution",
        constraints={"params": {"max": 60_000}, "loss": {"max": 0.6}},
    )
    assert main(["report", str(place)]) == 0
    return place


@pytest.fixture(scope="module")
def browser(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as one:
        one.size(1600)
        one.open((folder / "report.html").as_uri())
        yield one


@pytest.fixture
def page(browser: Browser) -> Iterator[Browser]:
    """Return the page at its widest, in which nothing may go wrong."""
    browser.size(1600)
    browser.move(1, 1)
    yield browser
    assert browser.errors == []


def of_point(page: Browser, expression: str) -> tuple[float, float]:
    """Return where a point of the plot is on the screen."""
    page.place("document.querySelector('.plot')")
    x, y = page.js(
        "(() => {const box = document.querySelector('.plot').getBoundingClientRect();"
        f"const point = {expression}; return [box.left + point.left, box.top + point.top]}})()"
    )
    return x, y


def choose(page: Browser, name: str, value: str) -> None:
    page.js(
        f"(() => {{const list = document.getElementById({json.dumps(name)}); list.value = {json.dumps(value)};"
        "list.dispatchEvent(new Event('change'))})()"
    )


def test_the_page_asks_for_nothing_but_itself(page: Browser, folder: Path) -> None:
    assert {*page.requests} == {(folder / "report.html").as_uri()}


def test_text_in_the_data_stays_text(page: Browser) -> None:
    assert page.js("window.hacked") is None
    assert HOSTILE in page.js("document.querySelector('section pre').closest('section').textContent")
    failed = page.js(f"{FIRST}.study.trials.state.indexOf(2)")
    page.js(f"{FIRST}.choose({failed})")
    assert HOSTILE in page.js("document.querySelector('.details').textContent")


def test_a_point_shows_what_it_is_under_the_mouse(page: Browser) -> None:
    page.move(*of_point(page, f"{FIRST}.plot.stops[0]"))
    trial = page.js(f"{FIRST}.plot.stops[0].trial")
    shown = page.js("document.querySelector('.tip').innerText").splitlines()
    assert shown[0] == f"trial {trial}, on the front"
    assert [line.split()[0] for line in shown[1:3]] == ["accuracy", "macs"]
    assert any(line.startswith("stem.out_channels: ") for line in shown)
    assert page.js("document.querySelector('.tip').hidden") is False
    page.move(1, 1)
    assert page.js("document.querySelector('.tip').hidden") is True


def test_a_click_copies_the_description_of_the_trial_as_yaml(page: Browser, folder: Path, tmp_path: Path) -> None:
    page.clipboard()  # asks for the right to read it
    page.click(*of_point(page, f"{FIRST}.plot.stops[1]"))
    trial = page.js(f"{FIRST}.plot.stops[1].trial")
    page.wait("document.getElementById('said').textContent.includes('copied')")
    assert (
        page.js("document.getElementById('said').textContent") == f"The description of trial {trial} is copied as YAML"
    )
    (tmp_path / "copied.yaml").write_text(page.clipboard(), "utf-8")
    recorded = fg.Study.open(folder).trials[trial].metrics
    assert fg.space(str(tmp_path / "copied.yaml")).cost() == {name: recorded[name] for name in ("params", "macs")}


def test_every_description_that_can_be_copied_is_that_of_the_study(page: Browser, folder: Path, tmp_path: Path) -> None:
    space = fg.space(NETWORK, (3, 16, 16))
    for trial in fg.Study.open(folder).trials:
        if trial.number % 12 == 0:
            file = tmp_path / f"{trial.number}.yaml"
            file.write_text(page.js(f"Yaml.write({FIRST}.study.description({trial.number}))"), "utf-8")
            copied = fg.space(str(file))
            assert copied.cost() == space.cost(trial.point)
            assert copied.input_shape == (3, 16, 16)


def test_any_two_metrics_can_be_the_axes(page: Browser) -> None:
    choose(page, "x-0", "loss")
    choose(page, "y-0", "params")
    assert page.js("document.getElementById('said').textContent").endswith("trials by params over loss")
    point = page.js(f"(({{trial, one, two}}) => [trial, one, two])({FIRST}.plot.points[0])")
    assert point[1:] == page.js(f"['loss', 'params'].map((name) => {FIRST}.study.value(name, {point[0]}))")
    assert "params over loss" in page.js("document.querySelector('.plot').getAttribute('aria-label')")
    choose(page, "x-0", "macs")
    choose(page, "y-0", "accuracy")


def test_trials_of_every_state_are_drawn(page: Browser) -> None:
    words = page.js("[...document.querySelectorAll('.key li')].map((item) => item.textContent)")
    assert words == ["on the front", "dominated", "stopped early"]


def test_keys_go_from_trial_to_trial_of_the_front_and_copy(page: Browser) -> None:
    page.js("document.querySelector('.plot').focus()")
    stops = page.js(f"{FIRST}.plot.stops.map((point) => point.trial)")
    page.press("Home")
    seen = [page.js(f"{FIRST}.plot.chosen")]
    for _ in stops[1:]:
        page.press("ArrowRight")
        seen.append(page.js(f"{FIRST}.plot.chosen"))
    assert seen == stops
    assert page.js("document.getElementById('said').textContent").startswith(f"trial {stops[-1]}, on the front")
    page.press("ArrowLeft")
    page.press("Enter")
    page.wait(
        f"document.getElementById('said').textContent === 'The description of trial {stops[-2]} is copied as YAML'"
    )


def test_the_keyboard_reaches_everything_in_the_order_of_the_page(page: Browser) -> None:
    page.js("(document.activeElement ?? document.body).blur(), window.scrollTo(0, 0)")
    page.js("document.body.setAttribute('tabindex', '-1'), document.body.focus()")
    reached = []
    for _ in range(15):
        page.press("Tab")
        reached.append(
            page.js("document.activeElement.className || document.activeElement.id || document.activeElement.hash")
        )
    sections = ["front", "networks", "progress", "importance", "parallel", "curves", "trials", "failures", "record"]
    assert reached[:13] == ["skip", *(f"#{name}-0" for name in sections), "x-0", "y-0", "plot"]


def test_the_table_is_sorted_by_a_click_on_a_column_and_back_by_another(page: Browser) -> None:
    for sign, order in ((1, "ascending"), (-1, "descending")):
        page.click(*page.place("document.querySelector('button[data-column=macs]')"))
        assert page.js("document.querySelector('button[data-column=macs]').closest('th').ariaSort") == order
        cells = page.js("[...document.querySelectorAll('.trials tbody tr')].map((row) => row.cells[3].textContent)")
        values = [sign * int(cell.replace(",", "")) for cell in cells]
        assert values == sorted(values)
        assert len(values) == 50
    assert page.js("document.activeElement.dataset.column") == "macs"
    page.press("Enter")
    assert page.js("document.querySelector('button[data-column=macs]').closest('th').ariaSort") == "ascending"


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ("state=failed", lambda trial: trial.state == "failed"),
        ("accuracy>0.8 macs<3e6", lambda trial: trial.metrics.get("accuracy", 0) > 0.8 and trial.metrics["macs"] < 3e6),
        ("out of memory", lambda trial: trial.error is not None and "out of memory" in trial.error),
        ("PReLU", lambda trial: trial.point["act"] == "PReLU"),
        ("body.stride=2 stopped", lambda trial: trial.point["body.stride"] == 2 and trial.state == "stopped"),
        ("nothing-is-called-so", lambda trial: False),
    ],
)
def test_the_table_is_filtered_by_words_and_bounds(page: Browser, folder: Path, words: str, fits) -> None:
    page.js("(() => {const field = document.getElementById('filter-0'); field.value = ''; field.focus()})()")
    page.write(words)
    expected = [trial.number for trial in fg.Study.open(folder).trials if fits(trial)]
    assert sorted(page.js(f"{FIRST}.table.kept")) == expected
    shown = page.js("document.querySelector('.shown').textContent")
    assert shown == (f"1 to {min(50, len(expected))} of {len(expected)}" if expected else "no trial fits the filter")
    page.js("(() => {const field = document.getElementById('filter-0'); field.value = ''})()")
    page.js("document.getElementById('filter-0').dispatchEvent(new Event('input'))")


def test_the_table_has_pages(page: Browser) -> None:
    page.click(*page.place("document.querySelector('.later')"))
    assert page.js("document.querySelector('.shown').textContent").startswith("51 to 100 of ")
    page.click(*page.place("document.querySelector('.earlier')"))
    assert page.js("document.querySelector('.earlier').disabled") is True


def test_the_lineage_of_a_trial_names_its_operators_and_leads_to_its_parents(page: Browser, folder: Path) -> None:
    trial = next(one for one in reversed(fg.Study.open(folder).trials) if one.lineage.get("parents"))
    page.js(f"{FIRST}.choose({trial.number}, {{shows: true}})")
    first = page.js("document.querySelector('.lineage li').textContent")
    (parent,) = trial.lineage["parents"]
    assert first.startswith(f"{trial.number}: {trial.lineage['operator']} of {parent} (")
    page.click(*page.place("document.querySelector('.lineage li button')"))
    assert page.js("document.querySelector('.details h3').textContent") == f"Trial {parent}"
    assert page.js("document.activeElement.className") == "details"


def test_choices_show_one_of_several_figures(page: Browser) -> None:
    for over in ("evaluations", "hours", "trials"):
        index = page.js(
            f"[...document.getElementById('over0-0').options].findIndex((option) => option.text === '{over}')"
        )
        choose(page, "over0-0", str(index))
        shown = page.js(
            "[...document.getElementById('progress-0').closest('section').querySelectorAll('figcaption')]"
            ".filter((caption) => caption.checkVisibility()).map((caption) => caption.textContent)"
        )
        assert len(shown) == 1
        assert shown[0].startswith(f"best accuracy over {over}: ")


def test_failures_are_grouped_and_lead_to_their_trials(page: Browser) -> None:
    rows = page.js(
        "[...document.getElementById('failures-0').closest('section').querySelectorAll('tbody tr')]"
        ".map((row) => [row.cells[0].textContent, row.cells[2].textContent])"
    )
    assert [state for state, _ in rows] == ["failed", "infeasible", "stopped"]
    assert rows[0][1].startswith(f"ValueError: out of memory at … channels: {HOSTILE[:20]}")
    page.click(*page.place("document.querySelector('button[data-trial]')"))
    assert page.js("document.querySelector('.details p').textContent") == "failed"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [320, 1600])
def test_the_page_fits_and_can_be_read(page: Browser, width: int, dark: bool) -> None:
    page.size(width, dark=dark)
    page.js("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.js("[document.documentElement.scrollWidth, document.body.scrollWidth]") == [width, width]
    for name in ("body", ".faint", "svg .ink", ".details dt"):
        assert contrast(page, name) >= 4.5


def contrast(page: Browser, selector: str) -> float:
    """Return the contrast between a text and the page, by the rule of WCAG."""
    text, paper = page.js(
        f"(() => {{const style = getComputedStyle(document.querySelector({json.dumps(selector)}));"
        "const numbers = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);"
        "const ink = style.fill && style.fill !== 'rgb(0, 0, 0)' ? style.fill : style.color;"
        "return [numbers(ink), numbers(getComputedStyle(document.body).backgroundColor)]})()"
    )
    light, dark = sorted((luminance(text), luminance(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: list[float]) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in (c / 255 for c in colour)
    ]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_a_screen_reader_finds_a_name_for_everything(page: Browser) -> None:
    nodes = page.ask("Accessibility.getFullAXTree")["nodes"]
    named = {"button", "combobox", "searchbox", "image", "application", "link", "region", "navigation"}
    roles = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    found = {role for role, _ in roles}
    assert {"application", "combobox", "searchbox", "image", "navigation", "table", "heading", "status"} <= found
    assert [role for role, name in roles if role in named and not name.strip()] == []
