"""Ask, evaluate, record, tell."""
