"""The converter of Vega: one module for each part of its experiment files."""
