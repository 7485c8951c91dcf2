"""Which places of a description vary, and the points."""
