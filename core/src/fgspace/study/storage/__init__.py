"""Where the trials of a study are kept: in memory, or in a file that forgets nothing."""
