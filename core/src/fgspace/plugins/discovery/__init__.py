"""Finds the distributions that are installed, and their entry points."""
