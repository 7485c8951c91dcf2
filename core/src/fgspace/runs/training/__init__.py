"""Trains in full: what a search found, or the network of a file, each in a folder that it can go on in."""
