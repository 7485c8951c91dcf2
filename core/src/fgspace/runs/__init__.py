"""Running an experiment in a folder, and the results that it leaves there."""
