"""Progress of a trial while it runs: what its evaluator is at, in a small file that others read."""
