"""Writes the Python of a network that needs only torch."""
