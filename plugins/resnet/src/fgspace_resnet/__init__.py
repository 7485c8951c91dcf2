"""Residual networks for fgspace."""
