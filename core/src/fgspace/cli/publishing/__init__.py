"""What authors of plugins use: the checks of a plugin, and the package that `fgspace new` writes."""
