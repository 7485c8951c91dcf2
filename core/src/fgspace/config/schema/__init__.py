"""The JSON Schema of experiment files, made from the types that are installed: for editors."""
