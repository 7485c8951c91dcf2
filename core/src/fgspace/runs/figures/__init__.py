"""Figures of reports, drawn as SVG: for a page, a notebook or a paper."""
