"""What a report of a small estate says: statements, claims, sums, and what it was narrowed to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from collector.ledger.model import Gap
from collector.ledger.opening import editing, reading
from collector.ledger.reader import SqliteReader
from collector.ledger.retention import EVIDENCE
from collector.ledger.store import record_gap
from collector.reports.making import UnknownName, Wanted, make
from collector.reports.render import render
from collector.reports.report import Report
from collector.reports.summary import headline, summarised
from collector.settling import settle
from config.settings import DemoSettings, Settings
from probes.clock import NS_PER_MS, Instant
from tests.clock import FakeClock
from tests.collector.claiming.estate import DAY_MS, FEBRUARY_MS, OVER_MS, note
from tests.collector.ledgers import ledger_at
from tests.collector.reports.conftest import NOW
from tests.collector.test_statements import JANUARY_MS

PLAIN = Wanted("2026-01", pictures=False)


def made(settings: Settings, wanted: Wanted = PLAIN, now: Instant = NOW) -> Report:
    return make(settings, settings.ledger.path, now, wanted)


def test_a_closed_month_rests_on_issued_revisions(report: Report) -> None:
    assert report.closed
    assert [(part.key, [one.scope for one in part.chapters]) for part in report.carriers] == [
        ("acme", ["ams-acme", "ber-acme", "lon-acme", "par-acme"]),
        ("beta", ["lon-beta"]),
    ]
    assert {one.revision for _, one in report.statements} == {1}
    assert all(one.own and one.digest for _, one in report.statements)
    assert [one.verdict for one in report.chapters] == ["breached", "met", "breached", "breached", "breached"]


def test_the_summary_counts_circuits_outages_and_money(report: Report) -> None:
    found = summarised(report)
    assert (found.circuits, found.kept, found.broken, found.undecided, found.unjudged) == (5, 1, 4, 0, 0)
    assert headline(found) == "4 of 5 circuits did not get what was promised."
    assert found.outages == 4
    assert found.down_ms == (60 + 100 + 30 + 30) * 600_000
    assert [one.chapter.scope for one in found.worst] == ["par-acme", "lon-acme", "ams-acme"]
    assert found.worst[0].reasons[0] == "availability 97.759857%, promised ≥ 99.9%"
    assert found.worst[0].reasons[1].startswith("1 outage, the longest 16 h 40 min from 3 Jan 2026 02:00")
    assert found.known_percent == 100


def test_money_is_summed_by_currency_and_never_over_two(report: Report) -> None:
    money = {one.currency: one for one in summarised(report).money}
    assert {name: one.due for name, one in money.items()} == {"EUR": 100, "GBP": 160, "USD": 30}
    assert [money["GBP"].claimed, money["GBP"].received, money["GBP"].owed] == [100, 0, 100]
    assert money["GBP"].claimable == 0  # of ams-acme no ticket was opened, lon-acme's is claimed


def test_what_lapses_is_told_by_its_date(report: Report) -> None:
    found = summarised(report).lapses
    assert [(one.chapter.scope, one.what) for one in found] == [
        ("lon-beta", "send the claim"),
        ("par-acme", "send the claim"),
    ]
    assert {one.before_ms for one in found} == {FEBRUARY_MS + 30 * DAY_MS}


def test_a_closed_report_is_the_same_a_day_later_byte_by_byte(estate: Settings, report: Report) -> None:
    later = made(estate, replace(PLAIN, pictures=True), Instant((OVER_MS + DAY_MS) * NS_PER_MS, 0))
    for form in ("html", "csv", "json"):
        assert render(later, form) == render(report, form)
        assert render(report, form).etag
    assert render(report, "html").file_name == "linkledger-2026-01.html"


def test_a_report_is_narrowed_to_a_carrier_and_says_so(estate: Settings) -> None:
    found = made(estate, replace(PLAIN, carrier="beta"))
    assert [one.scope for one in found.chapters] == ["lon-beta"]
    assert found.filters == (("carrier", "beta"),)
    assert render(found, "csv").file_name == "linkledger-2026-01-beta.csv"


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (Wanted("2026-01", carrier="acmee"), "no carrier 'acmee': .*acme"),
        (Wanted("2026-01", site="par"), "no site 'par'"),
        (Wanted("2026-01", circuits=("x",)), "no circuit 'x'"),
    ],
)
def test_a_name_that_there_is_not_is_refused(estate: Settings, wanted: Wanted, problem: str) -> None:
    with pytest.raises(UnknownName, match=problem):
        made(estate, wanted)


def test_of_a_week_no_credit_is_due_as_it_is_no_period_of_the_contract(estate: Settings) -> None:
    found = made(estate, replace(PLAIN, period="2026-W01"))
    assert all(not one.own and one.revision is None for _, one in found.statements)
    assert found.closed
    assert summarised(found).money == ()
    assert "judged in its place, it pays no credit" in render(found, "html").body.decode()


def test_a_quarter_has_the_contracts_own_months(copy: Settings) -> None:
    found = made(copy, replace(PLAIN, period="2026-Q1"))
    assert not found.closed
    assert [one.told["period"]["label"] for one in next(found.chapters).statements] == [
        *("2026-01", "2026-02", "2026-03"),
    ]
    assert {one.currency: one.due for one in summarised(found).money}["EUR"] == 100


def test_a_running_month_says_how_far_it_goes(estate: Settings) -> None:
    middle = Instant((JANUARY_MS + 10 * DAY_MS) * NS_PER_MS, 0)
    found = made(estate, replace(PLAIN, period="current"), middle)
    assert (found.period.label, found.closed, render(found, "json").etag) == ("2026-01", False, "")
    html = render(found, "html").body.decode()
    assert "so far, up to 11 Jan 2026 00:00" in html
    assert "The period still runs" in html


def test_a_draft_that_waits_is_named_and_what_was_issued_stands(copy: Settings, report: Report) -> None:
    start = JANUARY_MS + 500 * 600_000
    said: dict[str, Any] = {"kind": "customer", "from": start, "to": start + DAY_MS}
    note(copy, "exclude", circuits=("ams-acme",), state="accepted", **said)
    settle(copy, copy.ledger.path, period="2026-01", circuits=["ams-acme"], now=NOW, by="ann")
    found = made(copy)
    assert [
        (one.revision, one.draft) for chapter, one in found.statements if chapter.scope == "ams-acme"
    ] == [(1, 2)]
    assert [one.told for _, one in found.statements] == [one.told for _, one in report.statements]
    assert "draft revision 2 waits" in render(found, "html").body.decode()


def test_without_a_revision_a_closed_month_is_not_final_until_it_is_kept(copy: Settings) -> None:
    with editing(copy.ledger.path) as connection:
        connection.execute("DELETE FROM revision WHERE scope = 'lon-beta'")
    found = made(copy)
    assert not found.closed
    assert "No revision is issued yet" in render(found, "html").body.decode()
    assert made(copy, replace(PLAIN, keep=True)).closed
    assert made(copy).closed


def test_gaps_and_a_clock_that_was_wrong_are_told(copy: Settings) -> None:
    with editing(copy.ledger.path) as connection:
        for hour in (5, 6):
            begin = JANUARY_MS + hour * 3_600_000
            record_gap(
                connection, Gap(EVIDENCE, 0, -1, 6, "the disk was full", OVER_MS, begin, begin + 3_600_000)
            )
        connection.execute("UPDATE epoch SET synchronised = 0")
    found = made(copy)
    quality = next(found.chapters).quality
    assert quality.gaps == ("The ledger lacks 1 Jan 2026 05:00 to 1 Jan 2026 07:00: the disk was full",)
    assert quality.unsynchronised
    assert "1 gap in the evidence; the host's clock was not always synchronised" in summarised(found).quality


def test_a_demo_is_marked(estate: Settings) -> None:
    demo = estate.model_copy(update={"demo": DemoSettings(clock="2026-02-03T00:00:00Z")})
    found = made(demo)
    assert found.made_up
    assert "Made up: a demonstration" in render(found, "html").body.decode()
    assert b'"made_up": true' in render(found, "json").body


def test_a_circuit_without_a_contract_is_measured_and_not_judged(copy: Settings) -> None:
    free = copy.circuits["lon-beta"].model_copy(
        update={"contract": type(copy.circuits["lon-beta"].contract)()}
    )
    found = made(copy.model_copy(update={"circuits": {**copy.circuits, "lon-beta": free}}))
    beta = next(one for one in found.chapters if one.scope == "lon-beta")
    assert (beta.verdict, beta.statements) == ("", ())
    assert summarised(found).unjudged == 1
    assert "no contract: measured, not judged" in render(found, "html").body.decode()
    assert ",not judged," in render(found, "csv").body.decode()


def test_pictures_are_drawn_once_a_circuit(report: Report, estate: Settings) -> None:
    assert all(one.pictures for one in report.chapters)
    assert all("<svg" in picture.svg for one in report.chapters for picture in one.pictures)
    with reading(estate.ledger.path), SqliteReader(estate.ledger.path) as reader:
        assert reader.sites() == ["lon"]


@pytest.mark.parametrize(
    ("counts", "running", "told"),
    [
        ((3, 0, 0, 0), False, "All promises kept on 3 circuits."),
        ((1, 0, 0, 0), True, "So far, all promises kept on 1 circuit."),
        ((2, 1, 0, 4), False, "1 of 3 circuits did not get what was promised."),
        ((2, 0, 3, 0), False, "Promises kept on 2 of 5 circuits; of 3 too little is known."),
        ((0, 0, 3, 0), False, "Of 3 circuits too little is known to say whether promises were kept."),
        ((1, 1, 1, 0), False, "1 of 3 circuits did not get what was promised; of 1 too little is known."),
        ((0, 0, 0, 2), False, "2 circuits measured, none judged: no contract applies."),
        ((0, 0, 0, 0), False, "No circuit was in service."),
    ],
)
def test_the_headline_never_takes_the_unknown_for_kept(
    report: Report, counts: tuple[int, int, int, int], running: bool, told: str
) -> None:
    kept, broken, undecided, unjudged = counts
    found = replace(
        summarised(report),
        kept=kept,
        broken=broken,
        undecided=undecided,
        unjudged=unjudged,
        circuits=sum(counts),
        running=running,
    )
    assert headline(found) == told


def test_what_is_to_do_is_a_line_for_each_letter(report: Report) -> None:
    found = summarised(report)
    assert [(one.what, one.carrier, one.circuits, one.currency) for one in found.tasks] == [
        ("send the claim", "Beta Telecom", ("lon-beta",), "USD"),
        ("send the claim", "Acme Networks plc", ("par-acme",), "EUR"),
    ]
    assert sum(one.worth for one in found.tasks if one.currency == "EUR") == 100
    html = render(report, "html").body.decode()
    assert html.index("To do now") < html.index("The worst three") < html.index("<h3>Credits")
    assert "Send the claim: Beta Telecom, 2026-01" in html


def test_a_draft_that_waits_is_work(report: Report) -> None:
    part = report.carriers[0]
    first = part.chapters[0]
    drafted = replace(first, statements=(replace(first.statements[0], draft=2),))
    changed = replace(part, chapters=(drafted, *part.chapters[1:]))
    html = render(replace(report, carriers=(changed,)), "html").body.decode()
    assert "1 draft revision waits for a decision" in html


def test_a_time_before_service_or_ahead_is_said_as_such(estate: Settings) -> None:
    ahead = made(estate, replace(PLAIN, period="2027-05"))
    assert headline(summarised(ahead)) == "The period has not begun."
    assert "not begun yet" in render(ahead, "html").body.decode()
    late = {
        name: one.model_copy(update={"active": one.active.model_copy(update={"start": date(2026, 6, 1)})})
        for name, one in estate.circuits.items()
    }
    none = made(estate.model_copy(update={"circuits": late}))
    assert headline(summarised(none)) == "No circuit was in service."
    for form in ("html", "csv", "json"):
        assert render(none, form).body


def test_a_ledger_that_holds_nothing_says_that_too_little_is_known(copy: Settings) -> None:
    copy.ledger.path.unlink()
    with ledger_at(copy.ledger.path, FakeClock()):
        pass
    found = made(copy)
    assert {one["verdict"] for _, each in found.statements for one in each.objectives} == {
        "insufficient_data"
    }
    assert summarised(found).undecided == 5
    assert headline(summarised(found)).startswith("Of 5 circuits too little is known")
    html = render(found, "html").body.decode()
    assert "too little data" in html
    assert "100%" not in html.split("</style>")[1].split("Appendix")[0]
