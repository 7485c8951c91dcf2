"""Counts parts without building them: costs, layer rows, and what does not fit."""
