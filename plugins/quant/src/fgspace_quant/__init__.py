"""Mixed-precision quantisation of any model, simulated as it deploys."""
