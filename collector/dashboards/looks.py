"""How things look on every dashboard of ours, in both languages: words, colours, columns, links."""

from __future__ import annotations

from collector.dashboards.model import Column, Language, Link, Names, Step, Word

DOWN, UNKNOWN, UP = "red", "orange", "green"
STATUS = (Word("3", "▼ down", DOWN), Word("2", "? unknown", UNKNOWN), Word("1", "▲ up", UP))
"""Of the code that the PromQL queries give: the worse, the greater."""
ROUND_STATUS = (Word("0", "▼ down", DOWN), Word("-1", "? unknown", UNKNOWN), Word("1", "▲ up", UP))
"""Of the field `status` of a round."""
VIOLATED = (Word("1", "✗ breached", "red"), Word("0", "✓ kept so far", "green"))
TICKETED = (Word("1", "✓ has a ticket", "green"), Word("0", "✗ no ticket", "red"))
YES_NO = (Word("1", "✓ yes", "green"), Word("0", "✗ no", "red"))

DAY = 86_400
GOOD_IF_NONE = (Step(None, "green"), Step(1, "red"))
WATCH_IF_ANY = (Step(None, "green"), Step(1, "orange"))
LOSS = (Step(None, "green"), Step(0.01, "orange"), Step(0.05, "red"))
BUDGET = (Step(None, "red"), Step(0, "orange"), Step(1_800, "green"))
"""Seconds: nothing left, under half an hour, and enough."""
DAYS_LEFT = (Step(None, "red"), Step(3 * DAY, "orange"), Step(14 * DAY, "green"))
TLS_DAYS = (Step(None, "red"), Step(14 * DAY, "orange"), Step(30 * DAY, "green"))
USE = (Step(None, "green"), Step(0.8, "orange"), Step(0.95, "red"))


def uid(language: Language, name: str) -> str:
    """What the dashboard `name` is linked by."""
    return f"linkledger-{name}" if language == "promql" else f"linkledger-influxql-{name}"


def to_circuit(language: Language, names: Names, circuit: str) -> tuple[Link, ...]:
    """Links from a value to its circuit; `circuit` is how Grafana names it there.

    The time and the data source go along; linkledger's own page only where its address is known.
    """
    board = Link(
        "Circuit dashboard",
        f"/d/{uid(language, 'circuit')}?var-circuit={circuit}"
        "&${datasource:queryparam}&${__url_time_range}",
    )
    page = Link("linkledger: evidence, ticket, claim", f"{names.url}/circuits/{circuit}", new_tab=True)
    return (board, page) if names.url else (board,)


def from_row(language: Language, names: Names) -> tuple[Link, ...]:
    """The links of a table's row, whose column is called Circuit."""
    return to_circuit(language, names, "${__data.fields.Circuit}")


def from_series(language: Language, names: Names) -> tuple[Link, ...]:
    """The links of a point in a chart."""
    return to_circuit(language, names, "${__field.labels.circuit}")


def page(names: Names, path: str, title: str) -> tuple[Link, ...]:
    """A dashboard's own link to a page of linkledger's."""
    return (Link(title, f"{names.url}{path}", new_tab=True),) if names.url else ()


def carrier_words(names: Names) -> tuple[Word, ...]:
    """Carriers' keys as the names on their contracts."""
    return tuple(Word(key, name) for key, name in sorted(names.carriers.items()))


def who(language: Language, names: Names) -> tuple[Column, ...]:
    """The three columns that say which circuit a row is."""
    return (
        Column("circuit", "Circuit", links=from_row(language, names)),
        Column("site", "Site"),
        Column("carrier", "Carrier", words=carrier_words(names)),
    )


def hidden(*columns: str) -> tuple[Column, ...]:
    """Columns of an answer that nobody needs to see."""
    return tuple(Column(name, hidden=True) for name in columns)
