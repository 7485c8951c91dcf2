"""One module a command that is about a study in a folder: each adds its arguments, and runs."""
