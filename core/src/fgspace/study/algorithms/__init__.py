"""The contract of a search algorithm, and the algorithms of core."""
