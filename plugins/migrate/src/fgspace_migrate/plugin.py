"""What the migrate plugin provides."""

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_converters() -> list[Provided]:
    """Return the converters."""
    return [
        Provided(
            "vega",
            "fgspace_migrate.vega.converter:VegaConverter",
            "experiment files of Vega, 0.9.3 and 1.x",
            examples="fgspace_migrate.examples:vega",
        ),
        Provided(
            "paddleslim",
            "fgspace_migrate.paddleslim:PaddleSlimConverter",
            "searches of PaddleSlim, as JSON",
            examples="fgspace_migrate.examples:paddleslim",
        ),
    ]
