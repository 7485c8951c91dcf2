"""What the tracking plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_observers() -> Iterable[Provided]:
    """Return the observers."""
    room = "fgspace_tracking"
    return [
        Provided("jsonl", f"{room}.jsonl:JsonLines", "writes every event of a search as a line of JSON"),
        Provided("tensorboard", f"{room}.tensorboard:TensorBoard", "writes values and curves for TensorBoard"),
        Provided("mlflow", f"{room}.mlflow:MLflow", "makes a run of MLflow with a child for each trial"),
    ]
