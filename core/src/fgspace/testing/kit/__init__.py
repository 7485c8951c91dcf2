"""The conformance kit: takes everything that a plugin provides, and makes one check after the other of its suites."""
