"""What the Ray plugin provides."""

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_executors() -> list[Provided]:
    """Return the executor of many machines."""
    return [
        Provided(
            "RayExecutor",
            "fgspace_ray.executor:RayExecutor",
            "trials on the machines of a Ray cluster",
            aliases=("ray",),
        )
    ]
