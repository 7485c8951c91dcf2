"""Transformers for fgspace."""
