"""`status --watch`: the circuits as a live table that fits the terminal, sorted and filtered by keys."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from collector.cli.recent import MINUTES, Recent, Recents
from collector.cli.sparkline import sparkline
from collector.times import rfc3339, span
from probes.clock import NS_PER_SECOND

if TYPE_CHECKING:
    from rich.console import JustifyMethod

    from collector.cli.status import View
    from collector.ledger.records import CircuitNow
    from probes.clock import Clock

SHAPES = {"up": "▲", "down": "▼", "unknown": "?"}
STYLES = {"up": "green", "down": "bold red", "unknown": "yellow"}
URGENCY = {"down": 0, "unknown": 1, "up": 2}
SORTS = ("need", "name", "rtt", "loss", "budget")
RECENT_NS = 10 * NS_PER_SECOND
"""How often the last half hour is read again; the rest is every second."""
TICK_NS = NS_PER_SECOND
_AROUND = 4
"""Lines that are no circuit: the title, the headings, what is hidden, the keys."""
_GAP = 2
_LEAST_CAUSE = 20
_WORTH = (
    "circuit", "status", "for", "rtt", "loss", "rtt 30 min", "cause", "availability", "loss 30 min",
    "budget left", "site",
)  # fmt: skip
"""The columns that are kept longest where there is little room, first."""
_HELP = "q quit · s sort · f filter · ↑↓ PgUp PgDn scroll"


@dataclass
class Watching:
    """What the keys have set."""

    sort: str = SORTS[0]
    filter: str = ""
    typing: bool = False
    """Whether keys go into the filter."""
    top: int = 0
    """The first row that is shown."""
    quit: bool = False
    page: int = 10

    def key(self, key: str) -> None:
        """One key that was pressed; an arrow comes as its whole sequence."""
        if self.typing:
            self._type(key)
        elif key in {"q", "\x03", "\x04"}:
            self.quit = True
        elif key == "s":
            self.sort, self.top = SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)], 0
        elif key in {"f", "/"}:
            self.typing, self.top = True, 0
        elif key == "\x1b":
            self.filter, self.top = "", 0
        else:
            self.top = max(0, self.top + self._steps(key))

    def _steps(self, key: str) -> int:
        steps = {"\x1b[A": -1, "k": -1, "\x1b[B": 1, "j": 1, "\x1b[5~": -self.page, "\x1b[6~": self.page}
        ends = {"\x1b[H": -(10**9), "g": -(10**9), "\x1b[F": 10**9, "G": 10**9}
        return {**steps, **ends, " ": self.page}.get(key, 0)

    def _type(self, key: str) -> None:
        if key in {"\r", "\n"}:
            self.typing = False
        elif key in {"\x1b", "\x03"}:
            self.typing, self.filter = False, ""
        elif key in {"\x7f", "\x08"}:
            self.filter = self.filter[:-1]
        elif key.isprintable() and len(key) == 1:
            self.filter += key


@dataclass(frozen=True, slots=True)
class Row:
    """A circuit and all that is shown of it."""

    now: CircuitNow
    availability: str
    budget: str
    budget_seconds: float | None
    broken: str
    """The promises of this period that are broken already."""
    recent: Recent | None = field(default=None)


def rows(view: View, recents: Recents, watching: Watching) -> list[Row]:
    """The circuits that the filter leaves, in order."""
    wanted = watching.filter.casefold()
    found = [
        _row(view, one, recents.get(one.circuit))
        for one in view.circuits
        if wanted in f"{one.circuit} {one.site} {one.status} {one.cause}".casefold()
    ]
    return sorted(found, key=lambda row: (*_order(row, watching.sort), row.now.circuit))


def _row(view: View, one: CircuitNow, last: Recent | None) -> Row:
    from collector.cli.status import figures_of

    availability, budget, broken = figures_of(view, one)
    objectives = view.figures.get(one.circuit, {}).get("objectives", [])
    ours = next((each for each in objectives if each["metric"] == "availability_ratio"), None)
    return Row(one, availability, budget, ours and ours["budget_remaining_seconds"], broken, last)


def _order(row: Row, sort: str) -> tuple[float, ...]:
    """What needs a person first: down, unknown, then whose budget is used up."""
    left = float("inf") if row.budget_seconds is None else row.budget_seconds
    if sort == "need":
        return URGENCY[row.now.status], min(left, 0)
    if sort == "budget":
        return (left,)
    value = None if row.recent is None else row.recent.rtt if sort == "rtt" else row.recent.loss
    return (0,) if sort == "name" else (-(value if value is not None else -1),)


def draw(view: View, recents: Recents, watching: Watching, width: int, height: int) -> RenderableType:
    """The whole screen, no line longer and not one more than there is room."""
    found = rows(view, recents, watching)
    trouble = view.trouble if view.circuits else f"the ledger holds no circuit yet; {view.trouble}"
    room = max(1, height - _AROUND - bool(trouble))
    watching.page = room
    watching.top = max(0, min(watching.top, len(found) - room))
    some = found[watching.top : watching.top + room]
    lines: list[RenderableType] = [_title(view, watching), _table(view, some, width)]
    if trouble:
        lines.append(Text(trouble, style="yellow", no_wrap=True, overflow="ellipsis"))
    below = Text(no_wrap=True, overflow="ellipsis")
    below.append(_hidden(view, found, some, watching), style="bold")
    return Group(*lines, below, Text(_HELP, style="dim", no_wrap=True, overflow="ellipsis"))


def _title(view: View, watching: Watching) -> Text:
    title = Text(no_wrap=True, overflow="ellipsis")
    title.append(f"{rfc3339(view.at_ms // 1000 * 1000)}  ", style="dim")
    for status, shape in SHAPES.items():
        count = sum(one.status == status for one in view.circuits)
        title.append(f"{shape} {count} {status}  ", style=STYLES[status] if count else "dim")
    title.append(f"by {watching.sort}", style="dim")
    if watching.filter or watching.typing:
        title.append(f"  filter: {watching.filter}{'▏' if watching.typing else ''}", style="bold cyan")
    return title


def _hidden(view: View, found: Sequence[Row], some: Sequence[Row], watching: Watching) -> str:
    above, below = watching.top, len(found) - watching.top - len(some)
    parts = [
        f"{count:,} {what}"
        for count, what in (
            (above, "above ↑"),
            (below, "below ↓"),
            (len(view.circuits) - len(found), "filtered out"),
        )
        if count > 0
    ]
    return ", ".join(parts)


def _table(view: View, some: Sequence[Row], width: int) -> Table:
    shown = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), width=width, header_style="dim")
    widths = fitting(some, width)
    for name, wide in widths.items():
        right = name in {"for", "rtt", "loss", "availability", "budget left"}
        justify: JustifyMethod = "right" if right else "left"
        shown.add_column(name, justify=justify, no_wrap=True, overflow="ellipsis", width=wide)
    for row in some:
        shown.add_row(*(_CELLS[name](view, row) for name in widths))
    return shown


def fitting(some: Sequence[Row], width: int) -> dict[str, int]:
    """The columns that there is room for, in their order, and their widths: fixed, so that nothing dances."""
    wide = {
        "circuit": min(28, max(8, *(cell_len(row.now.circuit) for row in some), 0)),
        "site": min(12, max((cell_len(row.now.site) for row in some), default=4)),
        "status": 9,
        "for": 10,
        "rtt": 8,
        "rtt 30 min": MINUTES,
        "loss": 6,
        "loss 30 min": MINUTES,
        "availability": 12,
        "budget left": 16,
        "cause": _LEAST_CAUSE,
    }
    kept: list[str] = []
    for name in _WORTH:
        if sum(wide[one] + _GAP for one in (*kept, name)) <= width + _GAP:
            kept.append(name)
    if "cause" in kept:
        wide["cause"] += width + _GAP - sum(wide[one] + _GAP for one in kept)
    return {name: min(wide[name], width) for name in _CELLS if name in kept} or {"circuit": width}


def _status(_view: View, row: Row) -> Text:
    return Text(f"{SHAPES[row.now.status]} {row.now.status}", style=STYLES[row.now.status])


def _rtt(_view: View, row: Row) -> Text:
    value = row.recent.rtt if row.recent else None
    return Text("" if value is None else f"{value:.1f} ms" if value < 1000 else f"{value / 1000:.2f} s")


def _rtts(_view: View, row: Row) -> Text:
    if row.recent is None:
        return Text()
    line = Text(style="cyan")
    drawn = sparkline(row.recent.rtts, [bool(loss) for loss in row.recent.losses])
    for mark in drawn:
        line.append(mark, style="bold red" if mark == "×" else "")
    return line


def _loss(_view: View, row: Row) -> Text:
    value = row.recent.loss if row.recent else None
    if value is None:
        return Text()
    return Text(
        f"{value:.2g}%" if 0 < value < 100 else f"{value:.0f}%", style="bold red" if value >= 1 else ""
    )


def _losses(_view: View, row: Row) -> Text:
    """Only lost packets are drawn: a line without any is empty."""
    if row.recent is None:
        return Text()
    line = Text()
    for loss in row.recent.losses:
        bar = " " if loss is None else "·" if not loss else "▁▂▃▄▅▆▇█"[min(7, int(loss * 8 / 100.1))]
        line.append(bar, style="red" if loss else "dim")
    return line


def _budget(_view: View, row: Row) -> Text:
    over = row.budget_seconds is not None and row.budget_seconds < 0
    return Text(row.budget, style="bold red" if over else "")


def _cause(row: Row) -> Text:
    """Why it isn't up; of one that is, what is broken of its contract."""
    if row.now.status != "up":
        return Text(row.now.cause)
    return Text(row.broken and f"breach: {row.broken}", style="yellow")


_CELLS: dict[str, Callable[[View, Row], Text]] = {
    "circuit": lambda _view, row: Text(row.now.circuit, style="bold" if row.now.status != "up" else ""),
    "site": lambda _view, row: Text(row.now.site),
    "status": _status,
    "for": lambda view, row: Text(span(max(view.at_ms - row.now.since_ms, 0) // 1000)),
    "rtt": _rtt,
    "rtt 30 min": _rtts,
    "loss": _loss,
    "loss 30 min": _losses,
    "availability": lambda _view, row: Text(row.availability),
    "budget left": _budget,
    "cause": lambda _view, row: _cause(row),
}


def watch(look: Callable[[], View], recent: Callable[[], Recents], clock: Clock) -> None:
    """Draw until `q` or Ctrl-C; `look` is asked every second, `recent` every ten."""
    console, watching = Console(), Watching()

    async def run() -> None:
        pressed = asyncio.Event()
        loop = asyncio.get_running_loop()
        with _keys() as descriptor, Live(console=console, auto_refresh=False, screen=True) as live:
            if descriptor is not None:
                loop.add_reader(descriptor, _read, descriptor, watching, pressed)
            recents, read_ns = recent(), clock.now().mono_ns
            while not watching.quit:
                if clock.now().mono_ns - read_ns >= RECENT_NS:
                    recents, read_ns = recent(), clock.now().mono_ns
                live.update(draw(look(), recents, watching, console.width, console.height), refresh=True)
                await _wait(clock, pressed)

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        return
    except OSError as error:
        if error.errno != errno.EIO:  # nobody is left to draw for
            raise


async def _wait(clock: Clock, pressed: asyncio.Event) -> None:
    """A second, or until a key is pressed."""
    tick = asyncio.create_task(clock.sleep_until(clock.now().mono_ns + TICK_NS))
    key = asyncio.create_task(pressed.wait())
    await asyncio.wait([tick, key], return_when=asyncio.FIRST_COMPLETED)
    for task in (tick, key):
        task.cancel()
    pressed.clear()


def _read(descriptor: int, watching: Watching, pressed: asyncio.Event) -> None:
    try:
        sent = os.read(descriptor, 64)
    except OSError:
        sent = b""
    watching.quit = watching.quit or not sent  # the terminal is gone, as when its window was closed
    for key in keys_in(sent.decode(errors="replace")):
        watching.key(key)
    pressed.set()


def keys_in(text: str) -> Iterator[str]:
    """The keys that a terminal sent: an escape sequence is one."""
    at = 0
    while at < len(text):
        end = at + 1
        if text.startswith("\x1b[", at):
            end = at + 2
            while end < len(text) and not text[end].isalpha() and text[end] != "~":
                end += 1
            end += 1
        yield text[at:end]
        at = end


@contextmanager
def _keys() -> Iterator[int | None]:
    """The terminal's keys one by one, without an echo; None where stdin is no terminal."""
    if not sys.stdin.isatty():
        yield None
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield descriptor
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
