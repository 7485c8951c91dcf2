"""Simulated annealing for fgspace."""
