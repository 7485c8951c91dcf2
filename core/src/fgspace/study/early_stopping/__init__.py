"""Early stopping: the contract of a rule, and what watches a trial while it runs."""
