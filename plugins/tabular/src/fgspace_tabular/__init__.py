"""Benchmark tables for fgspace: an evaluator that looks metrics up in a file, in place of training."""
