"""Where trials run: the contract, this process, and worker processes."""
