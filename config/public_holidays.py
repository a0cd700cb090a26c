"""The public holidays of countries, from the `holidays` package."""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import date
from functools import cache

_CODE = r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?"


def known_country(code: str) -> str:
    """The code itself; raises ValueError where it is none whose holidays are known."""
    holidays_of(code)
    return code


@cache
def holidays_of(code: str) -> Container[date]:
    """The public holidays of a country (`GB`), or of a part of one (`GB-SCT`); raises ValueError."""
    match = re.fullmatch(_CODE, code)
    if match is None:
        raise ValueError(f"{code!r} is not a country code such as GB, or GB-SCT for a part of a country")
    # Imported here, since most contracts list their holidays, and the package takes a while to load.
    from holidays import country_holidays

    try:
        return country_holidays(match[1], subdiv=match[2])
    except NotImplementedError as error:
        raise ValueError(f"{code!r}: no public holidays are known for it: list the dates instead") from error
