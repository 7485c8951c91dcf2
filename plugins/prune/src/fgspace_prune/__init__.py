"""Channel pruning for fgspace: finds the channels that must be cut together, masks them, or slices them out."""
