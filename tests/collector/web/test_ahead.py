"""What /metrics says of the time to come; what isn't known is absent."""

from __future__ import annotations

from collector.web.ahead import families_ahead
from collector.web.sources import AheadNow, BudgetEndNow, CrossingNow

OF = 'site="lon-01",carrier="acme",circuit="lon-acme"'


def lines(ahead: AheadNow) -> list[str]:
    text = b"".join(families_ahead(ahead, openmetrics=False)).decode()
    return [line for line in text.splitlines() if not line.startswith("#")]


def end(at_seconds: float | None, chance: float | None) -> BudgetEndNow:
    return BudgetEndNow("lon-01", "acme", "lon-acme", "gold", "availability", at_seconds, chance)


def test_a_budget_has_the_day_on_which_it_ends_and_the_chance_that_it_does() -> None:
    of = f'{OF},contract="gold",objective="availability"'
    assert lines(AheadNow((end(1_800_000_000, 0.63),))) == [
        f"linkledger_sla_budget_end_timestamp_seconds{{{of}}} 1800000000",
        f"linkledger_sla_budget_end_chance_ratio{{{of}}} 0.63",
    ]


def test_what_most_likely_lasts_has_no_day_and_what_is_spent_no_chance_either() -> None:
    assert [line.partition("{")[0] for line in lines(AheadNow((end(None, 0.2),)))] == [
        "linkledger_sla_budget_end_chance_ratio"
    ]
    assert lines(AheadNow((end(None, None),))) == []


def test_a_line_has_a_day_for_each_threshold() -> None:
    found = AheadNow(crossings=(CrossingNow("lon-01", "acme", "lon-acme", "line rate", 1_800_000_000),))
    assert lines(found) == [
        f'linkledger_utilisation_crossing_timestamp_seconds{{{OF},threshold="line rate"}} 1800000000'
    ]
