"""Puts the page of a report together: its sections, its data, its style and its scripts, in one file of HTML."""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from fgspace.documents.markup import Markup, element, joined
from fgspace.runs.pages.comparison import comparison_section
from fgspace.runs.pages.sections import study_sections

_SCRIPTS = ("data.js", "yaml.js", "marks.js", "front.js", "table.js", "details.js", "choices.js", "start.js")
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'"
)
"""Nothing is loaded from anywhere, whatever stands in the data."""


def page(data: Mapping[str, Any], *, refreshed: bool = False) -> str:
    """Return the page of a report's data.

    Args:
        data: as `report_data` returns it.
        refreshed: whether the page asks the server that it came from for changes, and loads itself again.
    """
    names = [study["name"] for study in data["studies"]]
    title = f"{', '.join(names)} · fgspace"
    scripts = (*_SCRIPTS, "refresh.js") if refreshed else _SCRIPTS
    policy = f"{_POLICY}; connect-src 'self'" if refreshed else _POLICY
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("link", rel="icon", href="data:,"),
        element("style", Markup(_asset("page.css"))),
    )
    body = element(
        "body", _body(data, names), _data(data), [element("script", Markup(_asset(name))) for name in scripts]
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _body(data: Mapping[str, Any], names: Sequence[str]) -> Markup:
    compared = data["comparison"]
    several = (
        [
            element(
                "label",
                "Study ",
                element(
                    "select", [element("option", name, value=index) for index, name in enumerate(names)], id="study"
                ),
            )
        ]
        if len(names) > 1
        else []
    )
    studies = [
        element(
            "div",
            study_sections(study, index, is_alone=len(names) == 1),
            class_="study",
            data_study=index,
            hidden=index > 0,
        )
        for index, study in enumerate(data["studies"])
    ]
    return joined(
        element("a", "Skip to the contents", href="#contents", class_="skip"),
        element("header", element("h1", f"Report: {', '.join(names)}")),
        element(
            "main",
            comparison_section(compared) if compared else None,
            element("p", several) if several else None,
            studies,
            id="contents",
        ),
        element("div", id="said", class_="hidden", role="status", aria_live="polite"),
        element("footer", element("p", f"Made by fgspace {data['fgspace']}. Everything on this page is in this file.")),
    )


def _data(data: Mapping[str, Any]) -> Markup:
    """Return the data as a script that no text in it can end."""
    shown = {"states": data["states"], "studies": [_kept(study) for study in data["studies"]]}
    written = (
        json.dumps(shown, separators=(",", ":"))
        .replace("<", "\\u003c")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )
    return element("script", Markup(written), type="application/json", id="data")


def _kept(study: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data that the scripts of the page read; the rest is drawn already."""
    names = ("name", "objectives", "paths", "metrics", "trials", "front", "template")
    return {name: study[name] for name in names}


def _asset(name: str) -> str:
    return (files("fgspace.runs.pages.assets") / name).read_text("utf-8")
