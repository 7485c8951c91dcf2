"""ConvNeXt for fgspace."""
