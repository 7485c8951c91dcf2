"""Finds what is installed and gives every name its type."""
