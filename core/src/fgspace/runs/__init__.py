"""An experiment in a folder: what drives it, and what it leaves behind."""
