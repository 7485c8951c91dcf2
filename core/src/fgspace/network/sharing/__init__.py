"""Weights that networks share: the parameters of each are slices of larger tensors."""
