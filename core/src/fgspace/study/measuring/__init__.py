"""Measurements of trials, taken while no other trial runs: the contract, the slot, and the drift of the machine."""
