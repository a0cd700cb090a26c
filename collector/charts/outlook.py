"""A period as a strip: what is over, today, and when something may end in it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from collector.charts.palette import Palette
from collector.charts.svg import Pen, element, text_of

WIDTH, HEIGHT = 320, 34
_BAR, _TOP = 10, 6


@dataclass(frozen=True, slots=True)
class Outlook:
    """Days of one period; None: beyond its end. `earliest` None: most likely it doesn't come."""

    first: date
    last: date
    today: date
    likely: date | None
    earliest: date | None
    latest: date | None


def outlook(one: Outlook, palette: Palette, *, title: str, told: str) -> str:
    """SVG: a dot on the likely day, a bar over the days between; a bar that goes on has no end."""
    pen = Pen(palette)
    return pen.whole("outlook", WIDTH, HEIGHT, title, told, _parts(pen, one))


def _parts(pen: Pen, one: Outlook) -> Iterator[str]:
    days = (one.last - one.first).days + 1

    def x(day: date) -> float:
        """Where a day begins."""
        return WIDTH * min(max(0, (day - one.first).days), days) / days

    middle, width = _TOP + _BAR / 2, WIDTH / days
    yield pen.box(0, _TOP, WIDTH, _BAR, "no_data", fill_opacity="0.25", rx=2)
    yield pen.box(0, _TOP, x(one.today), _BAR, "no_data", fill_opacity="0.6", rx=2)
    if one.earliest is not None:
        end = WIDTH if one.latest is None else x(one.latest) + width
        fades = "0.35" if one.latest is None else "0.55"
        yield pen.box(x(one.earliest), _TOP, end - x(one.earliest), _BAR, "down", fill_opacity=fades, rx=2)
    yield pen.line(f"M{x(one.today):.1f} {_TOP - 3}v{_BAR + 6}", "ink", 1.5)
    if one.likely is not None:
        told = element("title", text_of(f"likely {one.likely.day} {one.likely:%b}"))
        centre = x(one.likely) + width / 2
        yield element(
            "circle", told, cx=centre, cy=middle, r=5, class_="c-down", fill=pen.colour("down"),
            stroke=pen.colour("paper"), stroke_width=1.5,
        )  # fmt: skip
    yield pen.word(0, HEIGHT - 3, f"{one.first.day} {one.first:%b}")
    yield pen.word(WIDTH, HEIGHT - 3, f"{one.last.day} {one.last:%b}", anchor="end")
    place = x(one.today)
    if 50 < place < WIDTH - 50:
        yield pen.word(place, HEIGHT - 3, "today", anchor="middle", name="ink")
