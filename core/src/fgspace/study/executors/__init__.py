"""Executors, which run trials: the contract, and those for this process and for worker processes."""
