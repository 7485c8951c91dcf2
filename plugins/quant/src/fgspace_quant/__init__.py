"""Mixed-precision quantisation of any model, simulated as it deploys."""

__version__ = "0.1.0"
