"""Inception blocks for fgspace."""
