"""The cost rules of the modules of `torch.nn`, without torch."""
