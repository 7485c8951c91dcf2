"""Reads what a type takes, and calls it."""
