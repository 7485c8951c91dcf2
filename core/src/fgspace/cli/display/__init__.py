"""Shows a search: on a terminal while it runs, line by line in a pipe, and from another terminal."""
