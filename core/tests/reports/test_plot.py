"""`fgspace.plot`, and what notebooks and programs see of studies, spaces and trials."""

import csv
import io
import sys
from pathlib import Path
from xml.etree import ElementTree

import fgspace as fg
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "tests"))
from report_studies import HOSTILE, NETWORK, search


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plots")
    for seed in range(3):
        search(folder / f"random-{seed}", trials=40, seed=seed, early_stopping={"type": "SuccessiveHalving"})
        search(folder / f"nsga2-{seed}", trials=40, seed=seed, algorithm="NSGA2")
    return folder


@pytest.fixture(scope="module")
def results(place):
    return fg.Study.open(place / "random-0")


FIGURES = {
    "front": lambda study: fg.plot.front(study),
    "other axes": lambda study: fg.plot.front(study, "params", "seconds"),
    "progress": lambda study: fg.plot.progress(study),
    "hypervolume": lambda study: fg.plot.progress(study, "hypervolume", "hours"),
    "importance": lambda study: fg.plot.importance(study, "macs"),
    "parallel": lambda study: fg.plot.parallel(study),
    "curves": lambda study: fg.plot.curves(study, "loss"),
    "networks": lambda study: fg.plot.networks(study),
    "some networks": lambda study: fg.plot.networks(study, [0, 1]),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_sound_svg_that_says_what_it_shows_and_has_its_numbers(results, name):
    figure = FIGURES[name](results)
    root = ElementTree.fromstring(figure._repr_svg_())
    assert root.find("{*}title").text == figure.title
    assert root.find("{*}desc").text == figure.words
    header, *rows = csv.reader(io.StringIO(figure.to_csv()))
    assert header == list(figure.header)
    assert len(rows) == len(figure.rows) > 0


def test_figures_are_saved_as_their_ending_says(results, tmp_path):
    figure = fg.plot.front(results)
    for ending, begin in (("svg", b"<svg "), ("png", b"\x89PNG"), ("csv", b"trial,macs,accuracy,state\n")):
        figure.save(tmp_path / f"front.{ending}")
        assert (tmp_path / f"front.{ending}").read_bytes().startswith(begin)


def test_without_the_package_that_draws_png_the_error_says_what_to_install(results, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(fg.FgspaceError) as error:
        fg.plot.front(results).to_png()
    assert str(error.value) == "png: needs resvg-py; pip install resvg-py, or write SVG, which needs nothing"


def test_studies_are_compared_by_groups_of_seeds(place):
    studies = [place / f"{name}-{seed}" for name in ("random", "nsga2") for seed in range(3)]
    figure = fg.plot.compare(studies, "accuracy")
    assert figure.words.startswith("median at the end: RandomSearch ")
    assert {row[0] for row in figure.rows} == {"RandomSearch", "NSGA2"}
    levels = {(row[0], row[1]) for row in fg.plot.attainment(studies).rows}
    assert levels == {(name, level) for name in ("RandomSearch", "NSGA2") for level in ("one", "half", "all")}


def test_a_study_in_memory_and_a_space_are_drawn_too():
    space = fg.space(NETWORK, (3, 16, 16))
    study = fg.Study(space, "RandomSearch", {"accuracy": "max"})
    assert fg.plot.front(study).words == "0 trials: "
    assert fg.plot.network(space).rows[0][1:3] == ("stem", "Conv2d")


MISTAKES = {
    "no metric 'acuracy'; did you mean 'accuracy'?": lambda study: fg.plot.front(study, "acuracy"),
    "no measure 'hypervolumes'; did you mean 'hypervolume'?": lambda study: fg.plot.progress(study, "hypervolumes"),
    "over: expected trials, evaluations, hours; got 'days'": lambda study: fg.plot.progress(study, over="days"),
    "no objective 'loss'; there are accuracy, macs": lambda study: fg.plot.importance(study, "loss"),
    "the study has no trial 999; its trials are 0 to 39": lambda study: fg.plot.networks(study, [999]),
    "expected a study, its results, or the folder of one; got 3": lambda _: fg.plot.front(3),
    "expected studies to compare, got none": lambda _: fg.plot.compare([]),
    "'front.jpg': expected a name that ends in .svg, .png or .csv": lambda study: fg.plot.front(study).save(
        "front.jpg"
    ),
}


@pytest.mark.parametrize("message", MISTAKES)
def test_a_mistake_is_named_with_what_was_expected(results, message):
    with pytest.raises(fg.FgspaceError) as error:
        MISTAKES[message](results)
    assert str(error.value) == message


def test_a_study_without_reports_has_no_curves(place):
    with pytest.raises(fg.FgspaceError) as error:
        fg.plot.curves(place / "nsga2-0")
    assert (
        str(error.value)
        == "no trial reported epochs, and so there are no curves; studies with early stopping have some"
    )


def test_one_objective_has_no_attained_fronts():
    study = fg.Study(fg.space(NETWORK), "RandomSearch", {"accuracy": "max"})
    with pytest.raises(fg.FgspaceError) as error:
        fg.plot.attainment([study])
    assert str(error.value) == ("fronts are attained with two objectives or more; these studies have one: use compare")


def test_studies_with_other_objectives_are_not_compared(place, tmp_path):
    other = search(tmp_path / "other", trials=2, objectives={"accuracy": "max"}, constraints={})
    with pytest.raises(fg.FgspaceError) as error:
        fg.plot.compare([place / "random-0", other])
    assert str(error.value) == (
        "expected studies with the same objectives, to compare them; 'random-0' has accuracy max, macs min, 'other' has"
        " accuracy max; make a report of each"
    )


def test_notebooks_show_spaces_studies_fronts_and_trials_as_tables_of_text(results):
    space = fg.space(NETWORK)
    failed = next(trial for trial in results.trials if trial.state == "failed")
    shown = [space._repr_html_(), results._repr_html_(), results.front()._repr_html_(), failed._repr_html_()]
    for html in shown:
        ElementTree.fromstring(f"<div>{html}</div>")
        assert html.count("<table") == 1
    assert "where act is &#x27;PReLU&#x27;" in shown[0]
    assert HOSTILE not in shown[3]
    assert "".join(ElementTree.fromstring(shown[3]).itertext()).count(HOSTILE) == 1


def test_the_space_shows_a_point_in_a_notebook_and_in_print():
    space = fg.space(
        {"search_space": {"depth": {"int": [1, 9]}, "act": {"choice": ["a", {"slope": {"float": [0, 1]}}]}}}
    )
    shown = space.show({"depth": 4})
    assert repr(shown) == "act    'a'  choice of a, option\ndepth  4*   int [1, 9]"
    text = "".join(ElementTree.fromstring(f"<div>{shown._repr_html_()}</div>").itertext())
    assert text == "hyper-parametervaluedomainact'a'choice of a, optiondepth4*int [1, 9]"
    with pytest.raises(fg.FgspaceError) as error:
        space.show({"depht": 4})
    assert str(error.value) == "depht: no such hyper-parameter; did you mean 'depth'?"


def test_a_frame_has_a_column_for_each_hyper_parameter_and_metric(results, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    frame = results.frame()
    assert {len(column) for column in frame.values()} == {len(results.trials)}
    assert list(frame)[:4] == ["number", "state", "stem.kernel_size", "stem.out_channels"]
    assert frame["accuracy"][0] == results.trials[0].metrics["accuracy"]


def test_a_metric_with_the_name_of_another_column_has_a_name_of_its_own():
    study = fg.Study(fg.space(NETWORK), "RandomSearch", {"seconds": "min"})
    study.tell(study.ask(), {"seconds": 3.0}, seconds=1.0)
    frame = study.frame()
    assert (list(frame["metrics.seconds"]), list(frame["seconds"])) == ([3.0], [1.0])


def test_notebooks_show_text_where_nothing_is_found_yet():
    study = fg.Study(fg.space(NETWORK), "RandomSearch", {"accuracy": "max"})
    expected = "<p>accuracy max: no trials yet; 0 on the front</p><p>The front is empty.</p>"
    assert study._repr_html_() == expected
    assert str(study.front()) == "[]"
