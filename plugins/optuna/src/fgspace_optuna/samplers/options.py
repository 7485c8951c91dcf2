"""Checks the options of samplers."""


def check(**numbers: tuple[int | None, int]) -> None:
    """Check that numbers, each given with the least that is allowed, are large enough.

    Raises:
        ValueError: one is not.
    """
    for name, (number, least) in numbers.items():
        if number is not None and number < least:
            raise ValueError(f"{name} must be at least {least}, got {number}")


def check_shares(**shares: float | None) -> None:
    """Check that numbers are from 0 to 1.

    Raises:
        ValueError: one is not.
    """
    for name, share in shares.items():
        if share is not None and not 0 <= share <= 1:
            raise ValueError(f"{name} must be from 0 to 1, got {share}")
