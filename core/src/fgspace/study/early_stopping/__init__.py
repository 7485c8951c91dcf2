"""Early stopping: the contract of a rule, and the reports and checks of a trial while it runs."""
