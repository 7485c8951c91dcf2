"""Optuna's samplers as search algorithms, and studies to and from Optuna."""
