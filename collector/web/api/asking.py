"""What several endpoints ask alike: a period, a stretch of time, a circuit. Pure."""

from __future__ import annotations

from collector.sla.calendar import Period, parse_period
from collector.web.api.endpoint import BadParameter, Given
from collector.web.views.view import NotFound
from config.errors import nearest
from config.settings import Settings

LONGEST_MS = 10 * 366 * 86_400_000
DAY_MS = 86_400_000


def known_circuit(settings: Settings, name: str) -> str:
    """The same name; raises NotFound for one that isn't configured."""
    if name not in settings.circuits:
        raise NotFound(f"there is no circuit {name!r}: {nearest(name, settings.circuits)}")
    return name


def known(given: Given, parameter: str, there: object) -> str | None:
    """A name of the query that the configuration has, or None; raises BadParameter."""
    name: str | None = given[parameter]
    if name is not None and name not in there:  # type: ignore[operator]  # a mapping
        raise BadParameter.one(parameter, f"is none that is configured: {nearest(name, there)}")  # type: ignore[arg-type]
    return name


def period(settings: Settings, given: Given, now_ms: int) -> Period:
    """The period that is asked for, on the clocks of this host's site; raises BadParameter."""
    zone = settings.zone
    try:
        return parse_period(given["period"], zone, now_ms)
    except ValueError as error:
        raise BadParameter.one("period", str(error)) from None


def stretch(given: Given, now_ms: int, usual_ms: int = DAY_MS) -> tuple[int, int]:
    """`from` and `to`, by default the last 24 hours (`usual_ms`) before now; raises BadParameter."""
    to_ms = given["to"] if given["to"] is not None else now_ms
    from_ms = given["from"] if given["from"] is not None else to_ms - usual_ms
    if not 0 < to_ms - from_ms <= LONGEST_MS:
        raise BadParameter.one("from", "is to be before `to`, by ten years at most")
    return from_ms, to_ms
