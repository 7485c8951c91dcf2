"""Observers of fgspace that tell TensorBoard, MLflow and files of events what happens in a search."""
