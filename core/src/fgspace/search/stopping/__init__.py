"""Early stopping: rules that learn from the curves of trials, and end a trial while it runs."""
