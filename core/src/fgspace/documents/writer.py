"""Writes plain data as YAML, such that reading it gives the same data."""

from typing import Any

import yaml

from fgspace.documents.reader import NUMBER, NUMBER_STARTS


class _Dumper(yaml.SafeDumper):
    """The safe dumper, except that it quotes text that the reader would take for a number, such as `1e-3`."""


_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", NUMBER, NUMBER_STARTS)


def in_yaml(data: Any) -> str:
    """Return plain JSON as YAML, short lists on one line."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=100, allow_unicode=True)
    return text
