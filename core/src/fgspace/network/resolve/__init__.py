"""Turns descriptions into parts: resolves their types, lets widths follow, joins what parts put out."""
