"""The parts of benchmarks/search.py: the table, who searches it, what they found, and how that is shown."""
