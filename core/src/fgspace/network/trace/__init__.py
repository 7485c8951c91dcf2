"""Runs a module once and tells what it did."""
