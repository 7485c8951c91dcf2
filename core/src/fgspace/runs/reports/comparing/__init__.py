"""Comparisons of several studies: seeds as bands, rank tests, and the fronts that runs attain."""
