"""Status over a time as a strip, and a month as a calendar with a cell a day. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from collector.charts.axes import span_words
from collector.charts.palette import LIGHT, Palette
from collector.charts.plot import Frame
from collector.charts.svg import Pen, element, text_of
from collector.curves.band import Band
from collector.curves.status import Day

TALL = {"up": 1.0, "down": 1.0, "unknown": 0.6, "no_data": 0.25}
"""How much of the strip's height a status takes: it is told by shape too."""
_WORDS = {"up": "up", "down": "down", "unknown": "unknown", "no_data": "no data"}
_DAY_MS = 86_400_000
_CELL, _GAP = 30.0, 4.0
_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def timeline(
    bands: Sequence[Band], *, zone: str, width: float = 960, height: float = 28, palette: Palette = LIGHT
) -> str:
    """A status strip (`curves.status.strip`): down stands out of it, unknown and no data are lower."""
    pen = Pen(palette)
    if not bands:
        return pen.whole("timeline", width, height, "Status", "No data.", [])
    from_ms, to_ms = bands[0].from_ms, bands[-1].to_ms
    frame = Frame(0, 0, width, height, from_ms, to_ms, 0, 1)
    drawn = [_piece(pen, frame, band) for band in sorted(bands, key=lambda one: one.kind == "down")]
    down = sum(band.to_ms - band.from_ms for band in bands if band.kind == "down")
    told = f"{span_words(from_ms, to_ms, zone)}: down for {duration(down)}."
    return pen.whole("timeline", width, height, "Status", told, drawn)


def month(days: Sequence[Day], *, title: str = "", palette: Palette = LIGHT) -> str:
    """A calendar, a row a week: each cell fills with the day's down and unknown time and says the former."""
    pen = Pen(palette)
    if not days:
        return pen.whole("month", 240, 40, title or "Availability by day", "No data.", [])
    first = days[0].day - timedelta(days=days[0].day.weekday())
    weeks = ((days[-1].day - first).days // 7) + 1
    top = 44.0 if title else 20.0
    parts = [pen.word(0, 14, title, name="ink", size=13, weight="600")]
    for place, word in enumerate(_WEEKDAYS):
        parts.append(pen.word(place * (_CELL + _GAP) + _CELL / 2, top - 6, word, anchor="middle"))
    for day in days:
        row, column = divmod((day.day - first).days, 7)
        parts.extend(_cell(pen, column * (_CELL + _GAP), top + row * (_CELL + _GAP), day))
    worst = [f"{day.day}: down {duration(day.down_ms)}" for day in days if day.down_ms]
    told = "; ".join(worst) or "No day with down time."
    width, height = 7 * (_CELL + _GAP) - _GAP, top + weeks * (_CELL + _GAP)
    return pen.whole("month", width, height, title or "Availability by day", told, parts)


def duration(ms: int) -> str:
    """`45 s`, `3 min`, `2 h 5 min`, `3 d 4 h`."""
    seconds = ms // 1_000
    if seconds < 60:
        return f"{seconds} s"
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    parts = ((days, "d"), (hours, "h"), (minutes, "min"))
    return " ".join([f"{value} {unit}" for value, unit in parts if value][:2])


def _piece(pen: Pen, frame: Frame, band: Band) -> str:
    x, end = frame.x(band.from_ms), frame.x(band.to_ms)
    tall = frame.height * TALL[band.kind]
    if band.kind == "up":
        tall *= 0.7
    word = f"{_WORDS[band.kind]} for {duration(band.to_ms - band.from_ms)}"
    told = element("title", text_of(f"{word}: {band.label}" if band.label else word))
    return pen.box(x, frame.height - tall, max(end - x, 1.0), tall, band.kind, told)


def _cell(pen: Pen, x: float, y: float, day: Day) -> Iterator[str]:
    """A cell: its outline, unknown from the bottom, down from the top (a sliver at least), the date."""
    known = day.up_ms + day.down_ms
    name = "up" if known else "no_data"
    told = element("title", text_of(_said(day)))
    yield pen.box(x, y, _CELL, _CELL, name, told, fill_opacity="0.2", rx=3)
    unknown = _CELL * (day.unknown_ms + day.no_data_ms) / _DAY_MS
    if known and unknown >= 0.5:
        yield pen.box(
            x, y + _CELL - min(unknown, _CELL), _CELL, min(unknown, _CELL), "unknown", fill_opacity="0.35"
        )
    if day.down_ms:
        tall = min(_CELL, max(3.0, _CELL * day.down_ms / _DAY_MS))
        yield pen.box(x, y, _CELL, tall, "down")
    name = "paper" if day.down_ms > _DAY_MS * 0.6 else "ink"
    yield pen.word(x + _CELL / 2, y + _CELL - 6, str(day.day.day), anchor="middle", name=name)


def _said(day: Day) -> str:
    parts = [
        f"{word} {duration(ms)}"
        for word, ms in (("down", day.down_ms), ("unknown", day.unknown_ms), ("no data", day.no_data_ms))
        if ms
    ]
    return f"{day.day}: {', '.join(parts) or ('up all day' if day.up_ms else 'no data')}"
