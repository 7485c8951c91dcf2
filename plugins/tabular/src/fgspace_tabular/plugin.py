"""What the tabular plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_evaluators() -> Iterable[Provided]:
    """Provide the evaluator that reads metrics from a table."""
    return [
        Provided(
            "TabularBenchmark",
            "fgspace_tabular.evaluator:TabularBenchmark",
            "looks the metrics of a trial up in a table, in place of training",
            examples="fgspace_tabular.examples:table",
        )
    ]
