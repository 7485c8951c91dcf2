"""Writes plain data as YAML, such that reading it gives the same data."""

from typing import Any

import yaml

from fgspace.documents.scalars import RESOLVERS


class Dumper(yaml.SafeDumper):
    """The safe dumper, except that it also quotes text that the reader would take for a number, such as `1e-3`.

    Text that only YAML 1.1 takes for something else (`on`, `1:30`) stays quoted, for other programs.
    """


for _resolver in RESOLVERS:
    Dumper.add_implicit_resolver(*_resolver)


def in_yaml(data: Any) -> str:
    """Return plain JSON as YAML, short lists on one line."""
    text: str = yaml.dump(data, Dumper=Dumper, sort_keys=False, default_flow_style=None, width=100, allow_unicode=True)
    return text
