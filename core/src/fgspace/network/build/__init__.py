"""Builds the `nn.Module` of a description."""
