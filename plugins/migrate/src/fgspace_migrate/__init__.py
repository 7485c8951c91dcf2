"""Converters: files of Vega and PaddleSlim become experiment files."""
