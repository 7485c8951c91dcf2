"""Templates: descriptions with a placeholder in each place that varies, read from a document and checked."""
