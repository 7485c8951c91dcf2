"""Reads weights from files, and loads them into networks."""
