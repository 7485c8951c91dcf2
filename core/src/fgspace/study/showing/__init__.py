"""Shows studies, trials and fronts: as tables in notebooks, and as columns for programs."""
