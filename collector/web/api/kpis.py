"""Key figures, as `linkledger kpi --json` prints them."""

from __future__ import annotations

from collector.clerk import Desk
from collector.performance.kpis.as_json import kpi_json, year_json
from collector.performance.kpis.kpis import kpis_now, yearly
from collector.web.api.asking import known
from collector.web.api.endpoint import Answer, Given


def kpis(desk: Desk, given: Given) -> Answer:
    """Each as it is now, or all but one left out."""
    name = known(given, "kpi", desk.settings.kpis)
    found = kpis_now(desk)
    return Answer({"items": [kpi_json(one) for one in found if name in (None, one.key)], "next": None})


def kpi_years(desk: Desk, given: Given) -> Answer:
    """What each told in a year."""
    return Answer({"items": [year_json(one) for one in yearly(desk, given["year"])], "next": None})
