"""What a search is at while it runs: its counts, its workers and its end, for a display and for other programs."""
