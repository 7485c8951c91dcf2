"""Early stopping rules for fgspace: successive halving, Hyperband, the median rule."""
