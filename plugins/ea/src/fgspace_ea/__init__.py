"""Evolutionary search algorithms for fgspace."""
