"""Optuna's samplers: the options of each, as far as a file can give them."""

from fgspace_optuna.samplers.coverage import QMCSampler, RandomSampler
from fgspace_optuna.samplers.evolution import CmaEsSampler, NSGAIIISampler, NSGAIISampler
from fgspace_optuna.samplers.models import GPSampler, TPESampler

__all__ = [
    "CmaEsSampler",
    "GPSampler",
    "NSGAIIISampler",
    "NSGAIISampler",
    "QMCSampler",
    "RandomSampler",
    "TPESampler",
]
