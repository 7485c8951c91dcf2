"""Examines plugins that load: whether the targets of their records exist, and whether they import something heavy."""
