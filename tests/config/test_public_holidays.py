"""Public holidays of countries."""

from __future__ import annotations

from datetime import date

import pytest

from config.public_holidays import holidays_of, known_country

BOXING_DAY_KEPT = date(2026, 12, 28)
"""26 December 2026 is a Saturday."""


@pytest.mark.parametrize(
    ("code", "day", "held"),
    [
        ("GB", date(2026, 12, 25), True),
        ("GB", date(2026, 4, 6), False),
        ("GB-ENG", date(2026, 4, 6), True),
        ("GB-SCT", date(2026, 4, 6), False),
        ("US", date(2026, 11, 26), True),
        ("US", date(2026, 11, 27), False),
        ("DE-BY", date(2026, 1, 6), True),
        ("DE", date(2026, 1, 6), False),
        ("NP", date(2026, 12, 25), True),
        ("GB-ENG", BOXING_DAY_KEPT, True),
    ],
)
def test_a_country_keeps_its_own_days(code: str, day: date, held: bool) -> None:
    assert (day in holidays_of(known_country(code))) is held


@pytest.mark.parametrize("code", ["", "gb", "G", "GBR", "GB-", "GB-eng", "2026-12-25", "GB ENG"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="is not a country code such as GB"):
        known_country(code)


@pytest.mark.parametrize("code", ["XX", "GB-XXX", "US-ZZ"])
def test_a_country_without_known_holidays_asks_for_dates(code: str) -> None:
    with pytest.raises(ValueError, match=f"'{code}': no public holidays are known for it: list the dates"):
        known_country(code)
