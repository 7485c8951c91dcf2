"""Writes numbers for people."""


def in_short(value: float | None) -> str:
    """Return a number for people: whole numbers with commas, others with four digits."""
    if value is None:
        return ""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    return f"{value:,.0f}" if value == int(value) and abs(value) >= 10 else f"{value:.4g}"
