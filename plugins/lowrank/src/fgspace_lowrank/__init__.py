"""Low-rank factorisation for fgspace, and the example of a process."""
