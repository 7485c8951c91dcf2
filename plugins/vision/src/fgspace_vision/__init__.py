"""Image classification for fgspace: data sets, and the evaluator that trains and measures candidates."""
