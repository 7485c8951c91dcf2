"""Stores of the trials of a study: in memory, or in a file."""
