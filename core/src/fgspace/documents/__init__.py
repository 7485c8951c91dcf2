"""Plain data with the place of everything: reading and writing YAML, digests, what a description says it is."""
