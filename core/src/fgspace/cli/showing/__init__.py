"""What `fgspace show` prints: of a type, or of a file."""
