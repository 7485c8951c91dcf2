"""The sections of a page about one study."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fgspace.documents.markup import Markup, element, joined, table
from fgspace.documents.numbers import in_short
from fgspace.runs.figures.curves import curves
from fgspace.runs.figures.importance import importance
from fgspace.runs.figures.networks import networks
from fgspace.runs.figures.parallel import parallel
from fgspace.runs.figures.progress import OVER, measures, progress
from fgspace.runs.pages.parts import cell, choice, described, figure, section, worded
from fgspace.runs.reports.axes import axes_of

_RECORD_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "data": "digest of the data",
        "space": "digest of the space",
        "origins": "types",
        "hyper_parameters": "hyper-parameters",
        "early_stopping": "early stopping",
        "initial_points": "initial points",
    }
)
_MOST_NAMED = 12


def study_sections(study: Mapping[str, Any], index: int, *, is_alone: bool) -> Markup:
    """Return all sections about one study; `index` makes their names unique. One that is alone needs no heading."""
    at = f"-{index}"
    parts = {
        "front": ("Front", _front(study, at)),
        "networks": ("Networks", figure(networks(study))),
        "progress": ("Progress", _progress(study, at)),
        "importance": ("Importance of hyper-parameters", _importance(study)),
        "parallel": ("Parallel coordinates", figure(parallel(study))),
        "curves": ("Learning curves", _curves(study, at)),
        "trials": ("Trials", _trials(at)),
        "failures": ("Failures", _failures(study)),
        "record": ("What was run", _record(study)),
    }
    links = [element("li", element("a", heading, href=f"#{name}{at}")) for name, (heading, _) in parts.items()]
    return joined(
        None if is_alone else element("h2", study["name"]),
        _summary(study),
        element("nav", element("ul", links), aria_label=f"Sections about {study['name']}"),
        [section(f"{name}{at}", heading, content) for name, (heading, content) in parts.items()],
    )


def _summary(study: Mapping[str, Any]) -> Markup:
    aims = ", ".join(f"{name} {direction}" for name, direction in study["objectives"].items())
    bounds = ", ".join(
        f"{name} at {'most' if end == 'max' else 'least'} {in_short(bound)}"
        for name, ends in study["constraints"].items()
        for end, bound in ends.items()
    )
    counts = ", ".join(f"{count} {state}" for state, count in study["counts"].items() if count)
    lines = [
        f"Objectives: {aims}." + (f" Constraints: {bounds}." if bounds else ""),
        f"{sum(study['counts'].values())} trials: {counts or 'none yet'}; {len(study['front'])} on the front"
        + (f"; {study['duplicates']} repeat the network of an earlier one." if study["duplicates"] else "."),
    ]
    return element("div", [element("p", line) for line in lines], class_="summary")


def _front(study: Mapping[str, Any], at: str) -> Markup:
    x, y = axes_of(study["objectives"])
    names = list(dict.fromkeys(["trial", *study["metrics"], "seconds"]))
    pickers = [
        _picker(f"{axis}{at}", label, names, chosen)
        for axis, label, chosen in (("x", "Across", x), ("y", "Upwards", y))
    ]
    hint = (
        "Arrow keys go from one trial of the front to the next, Home and End to its ends, Enter copies the description"
        " as YAML. With a mouse, a click on any trial does."
    )
    plot = element(
        "canvas",
        role="application",
        tabindex=0,
        aria_label=f"Front: {y} over {x}",
        aria_describedby=f"hint{at}",
        class_="plot",
    )
    return joined(
        element("p", pickers, class_="pickers"),
        element("div", plot, element("div", class_="tip", hidden=True), class_="plotted"),
        element("p", hint, id=f"hint{at}", class_="faint"),
        element("ul", class_="key"),
        element("div", class_="details", tabindex=-1, role="region", aria_label="The chosen trial", hidden=True),
        element(
            "details",
            element("summary", "The front as a table"),
            element(
                "div", _front_table(study), class_="scroll", tabindex=0, role="group", aria_label="The front as a table"
            ),
        ),
    )


def _picker(name: str, label: str, options: list[str], chosen: str) -> Markup:
    listed = [element("option", option, value=option, selected=option == chosen) for option in options]
    return element("label", f"{label} ", element("select", listed, id=name), " ")


def _front_table(study: Mapping[str, Any]) -> Markup:
    metrics = study["trials"]["metrics"]
    return table(
        ["trial", *metrics], [[number, *(cell(metrics[name][number]) for name in metrics)] for number in study["front"]]
    )


def _progress(study: Mapping[str, Any], at: str) -> Markup:
    note = study["progress"]["note"]
    explained = (
        "Only feasible trials that ran to their end count. Values of the first twentieth may lie below the picture; the"
        " table has them. The hypervolume is the share of the box between the best and"
        " the worst value of each objective that the front dominates."
    )
    shown = {
        measure: choice(f"over{index}{at}", "Over", {over: figure(progress(study, measure, over)) for over in OVER})
        for index, measure in enumerate(measures(study))
    }
    return joined(
        choice(f"measure{at}", "Show", shown),
        element("p", explained, class_="faint"),
        element("p", f"{note}.") if note else None,
    )


def _importance(study: Mapping[str, Any]) -> Markup:
    found = study["importance"]
    if not found["shares"]:
        return element(
            "p", f"There are {found['trials']} measured trials; shares need at least 20, and hyper-parameters."
        )
    return joined(
        element("div", [figure(importance(study, name)) for name in study["objectives"]], class_="beside"),
        element("p", found["caveat"], class_="faint"),
    )


def _curves(study: Mapping[str, Any], at: str) -> Markup:
    names = study["curves"]["metrics"]
    if not names:
        return element("p", "No trial reported epochs: the study has no early stopping.")
    first = [name for name in study["objectives"] if name in names]
    ordered = dict.fromkeys([*first, *names])
    return choice(f"curve{at}", "Metric", {name: figure(curves(study, name)) for name in ordered})


def _trials(at: str) -> Markup:
    hint = "Words that a trial has, or bounds such as accuracy>0.9 macs<2e6 state=failed"
    return joined(
        element(
            "p",
            element(
                "label",
                "Filter ",
                element("input", type="search", id=f"filter{at}", aria_describedby=f"filterhint{at}", size=30),
            ),
            element("span", f" {hint}", id=f"filterhint{at}", class_="faint"),
        ),
        element(
            "div",
            element("table", class_="trials"),
            class_="scroll",
            tabindex=0,
            role="group",
            aria_label="Table of trials",
        ),
        element(
            "p",
            element("button", "Earlier", class_="earlier"),
            " ",
            element("span", class_="shown"),
            " ",
            element("button", "Later", class_="later"),
            class_="pages",
        ),
    )


def _failures(study: Mapping[str, Any]) -> Markup:
    groups = study["failures"]
    if not groups:
        return element("p", "No trial failed, broke a constraint or was stopped.")
    rows = [[group["state"], len(group["trials"]), _reason(group), _named(group["trials"])] for group in groups]
    return element(
        "div",
        table(["state", "trials", "reason", "which"], rows),
        class_="scroll",
        tabindex=0,
        role="group",
        aria_label="Failures by reason",
    )


def _reason(group: Mapping[str, Any]) -> Markup:
    return joined(group["reason"], element("details", element("summary", "in full"), element("pre", group["example"])))


def _named(numbers: list[int]) -> list[Any]:
    shown = [[element("button", number, class_="link", data_trial=number), " "] for number in numbers[:_MOST_NAMED]]
    left = len(numbers) - _MOST_NAMED
    return [*shown, f"and {left} more" if left > 0 else ""]


def _record(study: Mapping[str, Any]) -> Markup:
    found = dict(study["record"])
    experiment, machines = found.pop("experiment"), found.pop("machines")
    found["seconds"] = f"{in_short(found['seconds'])} of evaluation, summed over workers"
    shown: dict[str, str] = {_RECORD_WORDS.get(name, name): worded(value) for name, value in found.items()}
    shown |= {f"machine {index + 1}": worded(machine) for index, machine in enumerate(machines)} or {
        "machine": "not recorded"
    }
    file = (
        element("details", element("summary", "experiment.yaml"), element("pre", experiment, tabindex=0))
        if experiment
        else None
    )
    return joined(described(shown), file)
