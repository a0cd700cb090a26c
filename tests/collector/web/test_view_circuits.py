"""The table of circuits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.circuits import Status
from collector.claims_open import ClaimLine
from collector.web.seen import Seen
from collector.web.sources import CircuitNow
from collector.web.views import circuits
from collector.web.views.cases import Need
from collector.web.views.circuits import Row, Table, row_of, table
from collector.web.views.page import Clocks
from collector.web.views.view import Asked, BadRequest, Banner
from config.contract import Contract
from config.load import load
from probes.model import Reason
from tests.collector.test_statements import CONFIG
from tests.collector.web.documents import HOSTILE, Document
from tests.collector.web.estate import (
    AVAILABILITY,
    CIRCUITS,
    NOW_MS,
    FakeSources,
    circuit,
    now,
    outcome,
)
from tests.collector.web.estate import settings as configuration

DAY_MS = 86_400_000
CLAIM = ClaimLine(
    scope="lon-acme",
    circuits=("lon-acme",),
    carrier="acme",
    contract="acme-dia-gold",
    period="2025-12",
    state="eligible",
    currency="USD",
    amount="75.00",
    claimable="75.00",
    owed="0.00",
    submit_deadline_ms=NOW_MS + 3 * DAY_MS,
    lapses_ms=NOW_MS + 3 * DAY_MS,
)


class Shown(NamedTuple):
    """What the page is made of."""

    table: Table
    rows: Sequence[Row]


def seen(shown: Sequence[CircuitNow] | None = None, **more: object) -> Seen:
    """What there is to show of the made-up estate."""
    sources = FakeSources()
    plain = Seen(
        sources.configuration, sources.shown if shown is None else shown, sources.judged, {}, (), NOW_MS
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # fields by name


def asked(query: Mapping[str, str] | None = None, **banner: object) -> Asked:
    return Asked("/", query=query or {}, banner=Banner("lon-01", **banner))  # type: ignore[arg-type]


def rows(what: Seen, query: Mapping[str, str] | None = None) -> Shown:
    """The table, and what its rows say."""
    made, clocks = table(what, asked(query)), Clocks(what.settings, what.now_ms)
    said = [row_of(what, clocks, one, shown=one.now.circuit in made.passing) for one in made.cases]
    return Shown(made, said)


def drawn(what: Seen, query: Mapping[str, str] | None = None, **banner: object) -> Document:
    return Document(circuits.draw(what, asked(query, **banner)).body)


def row(what: Seen, name: str = "lon-acme") -> Row:
    return next(one for one in rows(what).rows if one.now.circuit == name)


def test_what_needs_a_person_comes_first() -> None:
    shown = [
        now("calm", Status.UP, 9000),
        now("lon-acme", Status.UP),
        now("lapsing", Status.UP),
        now("scarce", Status.UP),
        now("dark", Status.UNKNOWN),
        now("short", Status.DOWN, 1),
        now("long", Status.DOWN, 90),
        now("also-calm", Status.UP),
    ]
    spent = replace(AVAILABILITY, circuit="scarce", violated=False, budget_remaining_seconds=-1.0)
    found = rows(
        seen(shown, figures=[AVAILABILITY, spent], claims=[replace(CLAIM, circuits=("lapsing",))])
    ).rows
    order = [one.now.circuit for one in found]
    assert order == ["long", "short", "dark", "lapsing", "lon-acme", "scarce", "also-calm", "calm"]
    needs = [
        Need.DOWN,
        Need.DOWN,
        Need.UNKNOWN,
        Need.DEADLINE,
        Need.BREACHED,
        Need.AT_RISK,
        *[Need.NOTHING] * 2,
    ]
    assert [one.need for one in found] == needs


def test_of_two_deadlines_the_nearer_comes_first_and_one_far_off_needs_nobody() -> None:
    shown = [now(name, Status.UP) for name in ("far", "near", "later")]
    due = [("far", 40), ("later", 9), ("near", 2)]
    claims = [
        replace(CLAIM, scope=name, circuits=(name,), submit_deadline_ms=NOW_MS + days * DAY_MS)
        for name, days in due
    ]
    found = rows(seen(shown, figures=(), claims=claims)).rows
    assert [(one.now.circuit, one.due and one.due.soon) for one in found] == [
        ("near", True),
        ("later", True),
        ("far", False),
    ]


def test_a_deadline_that_has_passed_is_none() -> None:
    late = replace(CLAIM, submit_deadline_ms=NOW_MS - 1)
    assert row(seen(claims=[late])).due is None


def test_the_next_deadline_leads_to_its_claim() -> None:
    due = row(seen(claims=[CLAIM])).due
    assert due
    assert (due.what, due.at.told, due.href) == (
        "submit",
        "in 3 d",
        "/claims/lon-acme/acme-dia-gold/2025-12",
    )


def test_a_status_is_a_word_and_a_shape_beside_its_colour() -> None:
    body = drawn(seen()).text.partition("Next deadline")[2]
    for said in ("▲ up", "▼ down", "? unknown"):
        assert body.count(said) == 1


def test_since_when_is_told_in_the_sites_zone_and_in_utc() -> None:
    summer = replace(now("lon-bolt", Status.DOWN), since_ms=1_783_000_000_000)
    [one] = rows(seen([summer], now_ms=1_783_000_000_000 + 7_384_000)).rows
    assert (one.since.local, one.since.utc, one.since.iso, one.since.ago) == (
        "02 Jul 2026 14:46:40 BST",
        "2026-07-02 13:46:40 UTC",
        "2026-07-02T13:46:40Z",
        "2 h 3 min",
    )


def test_a_down_circuit_shows_its_cause_and_an_up_one_does_not() -> None:
    shown = [now("lon-bolt", Status.DOWN, cause="unreachable: 192.0.2.9 said so"), now("lon-acme", Status.UP)]
    shown[1] = replace(shown[1], cause="answered")
    text = drawn(seen(shown)).text
    assert "unreachable: 192.0.2.9 said so" in text
    assert "answered" not in text


def test_provisional_and_common_cause_are_said() -> None:
    text = drawn(seen([now("lon-bolt", Status.DOWN, provisional=True, common_cause=True)])).text
    assert "provisional" in text
    assert "common cause" in text


@pytest.mark.parametrize(
    ("ticketed", "href"), [(False, "/outages/lon-bolt/2025-12-31T23%3A53%3A00Z"), (True, ""), (None, "")]
)
def test_an_outage_without_a_ticket_leads_to_where_one_is_recorded(ticketed: bool | None, href: str) -> None:
    down = now("lon-bolt", Status.DOWN, 7, outage_open=True, outage_ticketed=ticketed)
    at = replace(down, since_ms=1_767_225_180_000)
    assert row(seen([at]), "lon-bolt").ticket == href


def test_a_breached_availability_shows_how_far_over_it_is() -> None:
    one = row(seen())
    assert (one.availability, one.target, one.violated) == ("99.9375%", "99.95%", True)
    assert one.budget
    assert (one.budget.text, one.budget.kind) == ("5 min 24 s over", "bad")
    assert "✗ breached · promised 99.95% · 5 min 24 s over" in drawn(seen()).text


def judging(contracts: Mapping[str, Contract]) -> Seen:
    """The estate with contracts, so that a budget's whole is known."""
    kept = replace(AVAILABILITY, measured=0.99999, violated=False, budget_remaining_seconds=1205.3)
    estate = FakeSources().configuration
    return seen(figures=[kept], settings=estate.model_copy(update={"contracts": contracts}))


def test_a_kept_availability_shows_what_is_left_of_the_whole_budget(tmp_path: Path) -> None:
    (tmp_path / "linkledger.yaml").write_text(CONFIG)
    monthly = load(tmp_path / "linkledger.yaml").settings.contracts["gold"]
    one = row(judging({"acme-dia-gold": monthly})).budget
    assert one
    assert (one.text, one.share, one.kind) == ("20 min 5 s left", 90, "")  # of 22 min 19 s in 31 days


def test_without_the_contract_the_budget_has_no_bar() -> None:
    one = row(judging({})).budget
    assert one
    assert (one.text, one.share) == ("20 min 5 s left", None)


def test_other_breached_objectives_are_named() -> None:
    slow = replace(AVAILABILITY, objective="rtt", metric="rtt_seconds", measured=0.2)
    one = row(seen(figures=[slow]))
    assert (one.availability, one.broken) == ("", ("rtt",))


def test_without_a_figure_nothing_is_invented() -> None:
    early = replace(AVAILABILITY, measured=None, violated=None, budget_remaining_seconds=None)
    text = drawn(seen(figures=[early])).text
    assert "no figure yet" in text
    assert "promised 99.95%" in text
    assert text.count("no contract") == 2


def test_rtt_and_loss_are_those_of_the_last_round_of_the_judging_probe() -> None:
    first, second = outcome(1, [100_000, None, 300_000, None]).round, outcome(2, [10_000]).round
    assert first
    assert second
    one = row(seen(rounds={("lon-acme", "pe"): first, ("lon-acme", "other"): second}))
    assert (one.rtt, one.loss) == ("20.00 ms", "50%")


def test_a_round_without_an_answer_has_loss_and_no_rtt() -> None:
    lost = outcome(1, [None], reason=Reason.TIMEOUT).round
    one = row(seen(rounds={("lon-acme", "pe"): lost}))
    assert (one.rtt, one.loss) == ("", "100%")


def test_the_last_day_is_a_line_and_a_circuit_without_one_says_so() -> None:
    one = seen(sparks={"lon-acme": ("M0 8h47", "M47 16v-8")})
    assert row(one).spark
    assert row(one, "lon-bolt").spark is None
    assert len([each for each in drawn(one).of("svg") if each.get("class") == "spark"]) == 1


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, {"lon-acme", "lon-bolt", "lon-wave"}),
        ({"status": "down"}, {"lon-bolt"}),
        ({"carrier": "bolt"}, {"lon-bolt"}),
        ({"site": "lon-01"}, {"lon-acme", "lon-bolt", "lon-wave"}),
        ({"site": "gone-01"}, set()),
        ({"q": "IZXX"}, {"lon-acme"}),
        ({"q": "lon broadband"}, {"lon-bolt"}),
        ({"q": "telecom reference"}, {"lon-wave"}),
        ({"q": "nothing"}, set()),
    ],
)
def test_filters_leave_rows_out_without_javascript_too(query: dict[str, str], names: set[str]) -> None:
    found = rows(seen(), query)
    assert {one.now.circuit for one in found.rows if one.shown} == names
    assert found.table.passing == names
    hidden = [each for each in drawn(seen(), query).of("tr") if "hidden" in each]
    assert len(hidden) == len(CIRCUITS) - len(names)


def test_an_unknown_status_is_refused_with_what_would_be_right() -> None:
    with pytest.raises(BadRequest, match=r"status.*up"):
        rows(seen(), {"status": "upp"})


def test_a_filter_that_leaves_nothing_says_so() -> None:
    text = drawn(seen(), {"q": "nothing"}).text
    assert "No circuit passes these filters. Show all 3" in text


def test_an_empty_estate_says_where_circuits_come_from() -> None:
    document = drawn(seen([]))
    assert document.of("table") == []
    assert "linkledger check" in document.text


def test_a_larger_estate_is_cut_into_pages_that_keep_the_filters() -> None:
    shown = [now(f"c{n:04}", Status.UP) for n in range(2_100)]
    first, last = rows(seen(shown)), rows(seen(shown), {"first": "2001", "site": "lon-01"})
    assert (len(first.rows), first.table.whole, first.table.earlier, first.table.later) == (
        *(1000, False, ""),
        "/?first=1001",
    )
    assert (len(last.rows), last.table.earlier, last.table.later) == (100, "/?site=lon-01&first=1001", "")


def test_beyond_a_page_the_filters_come_before_the_cut() -> None:
    shown = [now(f"c{n:04}", Status.UP) for n in range(1_100)]
    found = rows(seen(shown), {"q": "c1099"})
    assert [one.now.circuit for one in found.rows] == ["c1099"]


def test_hostile_names_are_text_and_nothing_else() -> None:
    estate = configuration({HOSTILE: circuit(carrier_id=HOSTILE)})
    hostile = CircuitNow(HOSTILE, HOSTILE, HOSTILE, Status.DOWN, NOW_MS, HOSTILE)
    figures = [replace(AVAILABILITY, circuit=HOSTILE, objective=HOSTILE, metric="rtt_seconds")]
    claims = [replace(CLAIM, scope=HOSTILE, circuits=(HOSTILE,), contract=HOSTILE)]
    what = seen([hostile], settings=estate, figures=figures, claims=claims)
    found = drawn(what, {"q": HOSTILE[:8], "carrier": HOSTILE}, reasons=(HOSTILE,))
    assert found.scripts == []
    assert [one for one in found.of("img") if not (one["src"] or "").startswith("/static/")] == []
    assert found.words.count(HOSTILE) >= 5
    assert found.strange == []


@settings(max_examples=50, deadline=None)
@given(text=st.text(st.characters(codec="utf-8"), max_size=40))
def test_no_name_adds_an_element(text: str) -> None:
    def shape(name: str) -> list[str]:
        shown = CircuitNow("lon-01", name, name, Status.DOWN, NOW_MS, f"cause {name}")
        return [tag for tag, _ in drawn(seen([shown], figures=())).tags]

    assert shape(text) == shape("harmless")


def test_everything_the_page_loads_comes_from_here() -> None:
    found = drawn(seen(), reasons=("ledger: no space left on device",), made_up=True, down=1)
    assert (found.scripts, found.strange) == ([], [])


def test_troubles_and_made_up_figures_are_said_above_the_table() -> None:
    text = drawn(seen(), reasons=("ledger: no space left on device",), made_up=True).text
    assert text.index("Made up.") < text.index("no space left on device") < text.index("This period")


def test_only_a_circuit_without_a_contract_is_said_to_have_none() -> None:
    text = drawn(seen(figures=())).text
    assert (text.count("no contract"), text.count("no figure yet")) == (len(CIRCUITS) - 1, 1)


def sent(what: Seen, kept: circuits.Kept) -> list[bytes]:
    return list(circuits.pieces(what, asked(), kept))


def test_a_row_that_shows_the_same_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, made = circuits.Kept(), []

    def counted(*held: object, **named: object) -> Row:
        made.append(held)
        return row_of(*held, **named)  # type: ignore[arg-type]  # as row_of

    monkeypatch.setattr(circuits, "row_of", counted)
    first = sent(seen(), kept)
    assert (sent(seen(), kept), len(made)) == (first, 3)
    hurt = outcome(1, [10_000, None]).round
    assert hurt
    changes: list[tuple[Seen, int]] = [
        (seen(now_ms=NOW_MS + 1_000), 3),
        (seen(rounds={("lon-acme", "pe"): hurt}), 3),
        (seen(sparks={"lon-bolt": ("M0 8h47", "")}), 2),
        (seen(claims=[CLAIM]), 2),
        (seen(figures=[AVAILABILITY]), 1),
    ]
    for what, most in changes:
        before = len(made)
        assert b"".join(sent(what, kept)) == circuits.draw(what, asked()).body
        assert 0 < len(made) - before - 3 <= most + 3


def test_the_first_rows_are_there_before_the_last_are_drawn() -> None:
    shown = [now(f"c{n:04}", Status.UP) for n in range(500)]
    pieces = sent(seen(shown), circuits.Kept())
    assert len(pieces) > 5
    assert b"c0000" in pieces[0]
    assert b"c0499" not in b"".join(pieces[:-1][:5])
