"""Checks the options of the temperature's schedule."""


def check_schedule(init_temperature: float, reduce_rate: float, steps: int | None, final_temperature: float) -> None:
    """Raise ValueError if an option of the schedule is out of its range."""
    if init_temperature <= 0:
        raise ValueError(f"init_temperature must be above 0, got {init_temperature}")
    if not 0 < reduce_rate <= 1:
        raise ValueError(f"reduce_rate must be above 0 and at most 1, got {reduce_rate}")
    if steps is not None and steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    if steps is not None and not 0 < final_temperature <= init_temperature:
        raise ValueError(
            f"final_temperature must be above 0 and at most init_temperature, which is {init_temperature}; got"
            f" {final_temperature}"
        )
