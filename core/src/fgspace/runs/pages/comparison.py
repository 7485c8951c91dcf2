"""The section of a page that compares several studies."""

from collections.abc import Mapping
from typing import Any

from fgspace.documents.markup import Markup, element, table
from fgspace.documents.numbers import in_short
from fgspace.runs.figures.comparing import attainment, bands
from fgspace.runs.pages.parts import choice, figure, section

_CAVEAT = (
    "Values of the first twentieth of the evaluations may lie outside of the picture; the table has them."
    " Mann-Whitney's rank test, two-sided, of the values that the seeds of two groups had reached after that many"
    " evaluations; share is how often the first is larger. A p from few seeds says little: 3 against 3 seeds cannot"
    " go below 0.1. It is not corrected for the number of comparisons."
)


def comparison_section(comparison: Mapping[str, Any]) -> Markup:
    """Return what several studies have in common and where they differ."""
    shown = {
        one["name"]: [figure(bands(comparison, one["name"])), _finals(one), _tests(one)]
        for one in comparison["measures"]
    }
    fronts = figure(attainment(comparison)) if comparison["attainment"] else None
    return section(
        "comparison",
        "Comparison",
        _groups(comparison),
        None if comparison["same_space"] else element("p", "The studies search different spaces.", class_="warning"),
        choice("compared", "Measure", shown),
        element("p", _CAVEAT, class_="faint"),
        fronts,
    )


def _groups(comparison: Mapping[str, Any]) -> Markup:
    rows = [[one["name"], ", ".join(one["studies"]), ", ".join(map(str, one["seeds"]))] for one in comparison["groups"]]
    note = (
        "Studies that differ in their seed only are a group. They are compared after"
        f" {comparison['evaluations']:,} evaluations, which all have."
    )
    return element(
        "div",
        element("p", note),
        element(
            "div",
            table(["group", "studies", "seeds"], rows),
            class_="scroll",
            tabindex=0,
            role="group",
            aria_label="Groups",
        ),
    )


def _finals(measure: Mapping[str, Any]) -> Markup:
    rows = [[name, ", ".join(map(in_short, values)) or "none"] for name, values in measure["finals"].items()]
    return element(
        "div",
        table(["group", f"{measure['name']} of each seed"], rows),
        class_="scroll",
        tabindex=0,
        role="group",
        aria_label=f"{measure['name']} of each seed",
    )


def _tests(measure: Mapping[str, Any]) -> Markup | None:
    if not measure["tests"]:
        return None
    rows = [
        [
            f"{one['groups'][0]} against {one['groups'][1]}",
            f"{one['seeds'][0]} against {one['seeds'][1]}",
            in_short(one["u"]),
            in_short(one["p"]),
            f"{one['share']:.0%}",
        ]
        for one in measure["tests"]
    ]
    return element(
        "div",
        table(["rank test", "seeds", "U", "p", "share"], rows),
        class_="scroll",
        tabindex=0,
        role="group",
        aria_label="Rank tests",
    )
