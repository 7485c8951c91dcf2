"""Everything that the plugin provides keeps its contract."""

from fgspace.testing import conformance

test = conformance("stopping")
