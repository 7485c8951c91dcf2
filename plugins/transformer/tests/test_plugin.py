"""Everything that the plugin provides passes the conformance suites."""

from fgspace.testing import conformance

test = conformance("transformer")
