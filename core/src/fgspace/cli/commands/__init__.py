"""One module a command: each adds its arguments, and runs."""
