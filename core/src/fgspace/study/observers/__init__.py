"""Observers: they are told what happens in a study, and change nothing of it."""
