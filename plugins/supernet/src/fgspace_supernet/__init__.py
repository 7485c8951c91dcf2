"""Shared weights: all networks of a space are trained at once, and each is judged by its part."""
