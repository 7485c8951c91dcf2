"""The type that the ray plugin provides."""

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_executors() -> list[Provided]:
    """Name the executor on a Ray cluster."""
    return [
        Provided(
            "RayExecutor",
            "fgspace_ray.executor:RayExecutor",
            "trials on the machines of a Ray cluster",
            aliases=("ray",),
        )
    ]
