"""One description becomes a cost, layers, problems, or an `nn.Module`; nothing here knows points."""
