"""The parts of benchmarks/search.py: the table, the algorithms, their runs, and the tables and plots of the results."""
