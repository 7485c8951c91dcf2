"""Model-based search for small budgets, for fgspace."""
