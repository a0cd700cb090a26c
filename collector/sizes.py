"""Sizes as people write them. Pure."""


def megabytes(number: int) -> str:
    """Bytes to three digits, in kB, MB, GB or TB."""
    value, unit = number / 1000, "kB"
    for larger in ("MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.3g} {unit}"
