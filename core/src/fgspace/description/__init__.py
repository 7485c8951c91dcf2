"""Descriptions: read from YAML with the place of everything, checked against the signatures of the types they name."""

from fgspace.description.digest import canonical, digest

__all__ = ["canonical", "digest"]
