"""The sections of one file, checked as a whole, become an experiment."""
