"""The data sets: one file a format, each read into the same three parts of numpy arrays."""
