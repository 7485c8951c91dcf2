"""Channel pruning for fgspace: which channels live or die together, masks, and physically smaller models."""
