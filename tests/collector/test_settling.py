"""Closed periods get numbered statements, and a recomputation must equal them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from collector import settling
from collector.ledger.ledger import Ledger
from collector.ledger.model import REFERENCE, Gap, SeriesKey
from collector.ledger.notes import record, withdraw
from collector.ledger.opening import editing
from collector.ledger.reader import SqliteReader
from collector.ledger.retention import EVIDENCE
from collector.ledger.revisions import Revision, RevisionError
from collector.ledger.store import put_watermark, record_gap
from collector.notebook.bodies import made
from collector.revised import figures_digest
from collector.settling import Settlement, dismiss, drafts_of, issue, settle
from collector.statements import statements
from config.load import load
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant
from probes.model import Outcome, Reason, Round
from tests.clock import FakeClock
from tests.collector.test_ledger_locks import locks
from tests.collector.test_statements import CONFIG, JANUARY_MS, keys

EVERY_MS = 600_000
DAY_MS = 86_400_000
FEBRUARY_MS = JANUARY_MS + 31 * DAY_MS
OVER_MS = FEBRUARY_MS + 2 * DAY_MS
"""Past the period's end and all that its outages could reach."""
CREDIT = '{target: ">= 99.9%", credit: {bands: [{below: 99.9%, gives: 10%}]}}'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    text = CONFIG.replace("every: 1m", "every: 10m").replace('{target: ">= 99.9%"}', CREDIT)
    unknown = "    unknown: {policy: exclude}\n"
    more = "    exclude: {customer: {effect: numerator}, maintenance: {effect: numerator}}\n"
    text = text.replace(unknown, unknown + more)
    path = tmp_path / "linkledger.yaml"
    path.write_text(text)
    return path


@pytest.fixture
def read(config: Path) -> Settings:
    return load(config).settings


@pytest.fixture
def ledger(read: Settings, clock: FakeClock) -> Iterator[Ledger]:
    with Ledger.open(read.ledger.path, clock=clock, reserve_bytes=0) as opened:
        yield opened


def fill(ledger: Ledger, key: SeriesKey, slots: range, silent: range = range(0)) -> None:
    series = ledger.series(key)
    epoch = ledger.open_epoch(Instant(JANUARY_MS * NS_PER_MS, 0), boot_id="b", synchronised=True, why="start")
    rows = []
    for slot in slots:
        got, why = (0, Reason.TIMEOUT) if slot in silent else (1, Reason.NONE)
        rtts = (200_000 if got else None,)
        rows.append(Outcome(Round(series, JANUARY_MS + slot * EVERY_MS, EVERY_MS, epoch, 1, got, rtts, why)))
    ledger.append(rows)


def mark(ledger: Ledger, at_ms: int) -> None:
    """The measurements are complete up to there; the ledger's own writer would pack hours at once."""
    with editing(ledger.path) as connection:
        put_watermark(connection, "lon", at_ms)


@pytest.fixture
def january(ledger: Ledger, read: Settings) -> Settings:
    """January and some of February; acme's circuit is cut for ten hours on the second day."""
    series = keys(read)
    fill(ledger, series[REFERENCE], range(33 * 144))
    fill(ledger, series["lon-acme"], range(33 * 144), range(200, 260))
    assert ledger.flush(30)
    mark(ledger, OVER_MS)
    return read


def settled(settings: Settings, at_ms: int = OVER_MS, **more: Any) -> Settlement:  # noqa: ANN401
    now = Instant(at_ms * NS_PER_MS, 0)
    given = {"period": "2026-01", "circuits": ["lon-acme"], "by": "ann"} | more
    (one,) = settle(settings, settings.ledger.path, now=now, **given)
    return one


def exclude(settings: Settings, hours: int, external_id: str | None = None, at_ms: int = OVER_MS) -> int:
    """An hour of the outage is said not to count."""
    begin = JANUARY_MS + 200 * EVERY_MS + hours * 3_600_000
    said = {"kind": "customer", "circuits": ("lon-acme",), "reason": "our own power", "state": "accepted"}
    window = {"from": begin, "to": begin + 3_600_000, "external_id": external_id}
    body = made("exclude", said | window)
    with editing(settings.ledger.path) as connection:
        return record(connection, body, at_ms=at_ms, author="bob").id


def revisions_of(settings: Settings, one: Settlement) -> list[tuple[int, str]]:
    with SqliteReader(settings.ledger.path) as reader:
        return [(held.number, held.state) for held in reader.revisions_of(one.key).revisions]


def test_revision_1_is_made_when_the_data_is_complete(january: Settings) -> None:
    one = settled(january)
    assert (one.outcome, one.label, one.why) == ("issued", "2026-01", ())
    assert one.revision is not None
    told = one.revision.statement
    assert (told["revision"], told["supersedes"], told["because"]) == (1, None, [])
    assert (told["credit"]["amount"], told["seconds"]["counted_down"]) == ("10.00", 36_000)
    assert (one.revision.made_by, one.revision.made_ms, one.revision.state) == ("ann", OVER_MS, "issued")
    assert one.revision.digest == figures_digest(told)
    with SqliteReader(january.ledger.path) as reader:
        assert reader.revisions("lon-acme") == [one.revision]


def test_a_recomputation_equals_the_issued_one_whenever_and_by_whomever_it_is_made(january: Settings) -> None:
    first = settled(january)
    for later in (1, 40, 400):
        again = settled(january, OVER_MS + later * DAY_MS, by="bob")
        assert (again.outcome, again.revision) == ("unchanged", first.revision)
    renamed = january.model_copy(update={"digest": "sha256:other"})
    assert settled(renamed).outcome == "unchanged"
    assert revisions_of(january, first) == [(1, "issued")]


@pytest.mark.parametrize(
    ("at_ms", "watermark_ms", "outcome"),
    [
        (FEBRUARY_MS - 1, FEBRUARY_MS - 1, "running"),
        (FEBRUARY_MS + 1, FEBRUARY_MS, "waiting"),
        (OVER_MS, FEBRUARY_MS + DAY_MS, "waiting"),
        (OVER_MS, OVER_MS, "issued"),
        (OVER_MS + DAY_MS, FEBRUARY_MS, "issued"),
    ],
)
def test_it_waits_for_what_may_still_come_but_not_for_ever(
    january: Settings, ledger: Ledger, at_ms: int, watermark_ms: int, outcome: str
) -> None:
    mark(ledger, watermark_ms)
    assert settled(january, at_ms).outcome == outcome


def test_the_wait_ends_with_the_rules_own_reach(january: Settings, ledger: Ledger) -> None:
    reach_ms = DAY_MS + 2 * 60_000
    for short, outcome in ((1, "waiting"), (0, "issued")):
        mark(ledger, FEBRUARY_MS + reach_ms - short)
        assert settled(january, FEBRUARY_MS + reach_ms).outcome == outcome


def test_patience_ends_a_day_after_the_data_could_be_complete(january: Settings, ledger: Ledger) -> None:
    mark(ledger, FEBRUARY_MS)
    end_ms = FEBRUARY_MS + DAY_MS + 2 * 60_000 + settling.PATIENCE_MS
    assert settled(january, end_ms - 1).outcome == "waiting"
    assert settled(january, end_ms).outcome == "issued"


def test_what_is_missing_is_named_in_revision_1(january: Settings, ledger: Ledger) -> None:
    gap = Gap(EVIDENCE, 0, -1, 6, "over ledger.max_bytes", 1, JANUARY_MS, JANUARY_MS + 3_600_000)
    with editing(january.ledger.path) as connection:
        record_gap(connection, gap)
    mark(ledger, FEBRUARY_MS - 60_000)
    one = settled(january, incomplete=True)
    assert one.outcome == "issued"
    assert one.why == (
        "The ledger lacks 2026-01-01T00:00:00Z to 2026-01-01T01:00:00Z: over ledger.max_bytes",
        "The measurements end at 2026-01-31T23:59:00Z, before the period does",
    )
    assert one.revision is not None
    assert one.revision.statement["because"] == list(one.why)
    assert settled(january).outcome == "unchanged", "what is missing is no figure"


def test_time_of_which_nothing_is_known_is_named(january: Settings, ledger: Ledger) -> None:
    fill(ledger, keys(january)["lon-beta"], range(5, 31 * 144))
    ledger.flush(30)
    one = settled(january, circuits=["lon-beta"])
    assert one.why == ("Nothing is known of 50 min of the period",)


def test_a_later_note_drafts_the_next_with_the_difference_in_minutes_and_money(january: Settings) -> None:
    first = settled(january)
    for hours in range(10):
        exclude(january, hours)
    one = settled(january, OVER_MS + DAY_MS, by="bob")
    assert one.outcome == "drafted"
    assert one.why[0] == "Note 1 of 2026-02-03T00:00:00Z by bob: exclude (our own power)"
    assert one.why[10:] == (
        "Counted downtime: 0 min instead of 600 min, 600 min less",
        "availability: 100.000000 % (met) instead of 98.655914 % (breached)",
        "Credit: 0.00 GBP instead of 10.00 GBP, 10.00 GBP less",
    )
    assert one.revision is not None
    assert (one.revision.number, one.revision.state) == (2, "draft")
    assert (one.revision.statement["revision"], one.revision.statement["supersedes"]) == (2, 1)
    with SqliteReader(january.ledger.path) as reader:
        assert reader.revisions("lon-acme") == [first.revision], "what was issued stands"
    assert drafts_of(january.ledger.path) == [one.revision]


def test_a_draft_is_made_anew_as_long_as_nobody_decided(january: Settings) -> None:
    settled(january)
    exclude(january, 0)
    assert settled(january).outcome == "drafted"
    second = exclude(january, 1)
    one = settled(january)
    assert one.revision is not None
    assert (one.revision.number, len(one.why)) == (2, 4)
    with editing(january.ledger.path) as connection:
        for number in (1, second):
            withdraw(connection, number, at_ms=OVER_MS, author="bob", reason="the wrong month")
    again = settled(january)
    assert again.outcome == "unchanged"
    assert revisions_of(january, again) == [(1, "issued")], "a draft that says nothing new is gone"


def test_a_person_issues_a_draft_and_it_stands_from_then_on(january: Settings) -> None:
    settled(january)
    note = exclude(january, 0)
    draft = settled(january).revision
    assert draft is not None
    (done,) = issue(january.ledger.path, [draft], now_ms=OVER_MS + 1, by="eve", reason="agreed by mail")
    assert (done.state, done.decided_by, done.reason) == ("issued", "eve", "agreed by mail")
    again = settled(january)
    assert (again.outcome, again.revision) == ("unchanged", done)
    with editing(january.ledger.path) as connection:
        withdraw(connection, note, at_ms=OVER_MS, author="bob", reason="it was theirs")
    third = settled(january)
    assert (third.revision and third.revision.number, third.why[0]) == (
        3, "Note 1 by bob was withdrawn on 2026-02-03T00:00:00Z by bob (it was theirs)",
    )  # fmt: skip


def test_what_a_person_dismissed_is_not_drafted_again_but_something_else_is(january: Settings) -> None:
    settled(january)
    exclude(january, 0)
    draft = settled(january).revision
    assert draft is not None
    dismiss(january.ledger.path, [draft], now_ms=OVER_MS, by="eve", reason="not agreed")
    assert settled(january).outcome == "dismissed"
    exclude(january, 1)
    one = settled(january)
    assert (one.outcome, one.revision and one.revision.number) == ("drafted", 3)
    assert revisions_of(january, one) == [(1, "issued"), (2, "dismissed"), (3, "draft")]


def test_of_several_drafts_all_are_decided_or_none_and_each_needs_a_reason(january: Settings) -> None:
    settled(january)
    exclude(january, 0)
    draft = settled(january).revision
    assert draft is not None
    stale = replace(draft, digest="other")
    with pytest.raises(RevisionError, match="look at it again"):
        issue(january.ledger.path, [draft, stale], now_ms=1, by="eve", reason="why")
    with pytest.raises(RevisionError, match="say why"):
        issue(january.ledger.path, [draft], now_ms=1, by="eve", reason=" ")
    assert drafts_of(january.ledger.path) == [draft]


def test_drafts_are_found_by_circuit_and_period(january: Settings) -> None:
    settled(january)
    exclude(january, 0)
    draft = settled(january).revision
    path = january.ledger.path
    assert drafts_of(path, ["lon-acme", "lon-beta"], "2026-01") == [draft]
    assert drafts_of(path, ["lon-beta"]) == []
    assert drafts_of(path, None, "2026-02") == []


def test_late_data_drafts_the_next_and_says_so(january: Settings, ledger: Ledger) -> None:
    fill(ledger, keys(january)["lon-beta"], range(0, 31 * 144, 2))
    ledger.flush(30)
    first = settled(january, circuits=["lon-beta"])
    assert first.outcome == "issued"
    fill(ledger, keys(january)["lon-beta"], range(1, 31 * 144, 2), range(201, 203))
    ledger.flush(30)
    one = settled(january, circuits=["lon-beta"])
    assert one.outcome == "drafted"
    assert one.why[0] == "2,232 rounds more of the period are in the ledger"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "below: 99.9%, gives: 10%",
            "below: 99.9%, gives: 20%",
            "The contract was changed in the configuration",
        ),
        ("100.00 GBP", "200.00 GBP", "The circuit's facts (charges, dates, who judges it) were changed"),
    ],
)
def test_a_changed_configuration_that_changes_the_money_drafts_the_next(
    january: Settings, config: Path, old: str, new: str, said: str
) -> None:
    settled(january)
    config.write_text(config.read_text().replace(old, new))
    one = settled(load(config).settings)
    assert one.outcome == "drafted"
    assert one.why[0].startswith(said)
    assert one.why[-1] == "Credit: 20.00 GBP instead of 10.00 GBP, 10.00 GBP more"


def test_planned_maintenance_of_the_configuration_counts_like_a_note(january: Settings, config: Path) -> None:
    settled(january)
    window = "{from: 2026-01-02T09:00:00Z, to: 2026-01-02T20:00:00Z, sites: [lon]}"
    config.write_text(f"{config.read_text()}maintenance: [{window}]\n")
    one = settled(load(config).settings)
    assert one.why[:2] == (
        "The planned maintenance was changed in the configuration",
        "Counted downtime: 0 min instead of 600 min, 600 min less",
    )


def test_a_newer_engine_that_computes_the_same_drafts_nothing(
    january: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(january)
    monkeypatch.setattr("collector.statements.version", lambda name: "9.9.9")
    assert settled(january).outcome == "unchanged"
    exclude(january, 0)
    assert any(one.startswith("Computed by version 9.9.9, then by version ") for one in settled(january).why)


def test_only_a_contracts_own_periods_have_numbers(january: Settings) -> None:
    for period in ("2026-01-05", "2026-01-01..2026-01-15", "2026-Q1"):
        with pytest.raises(ValueError, match="is no period of contract gold"):
            settled(january, OVER_MS + 60 * DAY_MS, period=period)


def test_an_earlier_statement_is_evidence_for_later_periods(january: Settings) -> None:
    settled(january)
    with SqliteReader(january.ledger.path) as reader:
        from collector.testimony import Testimony

        (earlier,) = Testimony(january, reader).earlier("lon-acme", "gold", FEBRUARY_MS)
        assert (earlier.label, earlier.verdicts, earlier.credit) == (
            "2026-01", {"availability": "breached", "rtt": "met"}, Fraction(10),
        )  # fmt: skip
        testimony = Testimony(january, reader)
        assert testimony.earlier("lon-acme", "gold", FEBRUARY_MS - 1) == ()
        assert testimony.earlier("lon-acme", "silver", FEBRUARY_MS) == ()
        assert testimony.earlier("lon-beta", "gold", FEBRUARY_MS) == ()


def test_the_stored_statement_is_the_one_that_is_shown(january: Settings) -> None:
    one = settled(january)
    with SqliteReader(january.ledger.path) as reader:
        now = Instant(OVER_MS * NS_PER_MS, 0)
        (shown,) = statements(january, reader, period="2026-01", circuits=["lon-acme"], now=now)
    assert isinstance(one.revision, Revision)
    told = json.loads(json.dumps(shown.as_json()))
    assert one.revision.statement == told | {"revision": 1, "supersedes": None, "because": []}


@pytest.mark.parametrize("incomplete", [False, True])
def test_no_revision_is_issued_of_a_period_before_the_first_measurement(
    january: Settings, *, incomplete: bool
) -> None:
    one = settled(january, period="2025-12", incomplete=incomplete)
    assert (one.outcome, one.revision) == ("waiting", None)
    assert one.why == (
        "The measurements begin 2026-01-01T00:00:00Z: nothing is known of the period, "
        "and no revision is issued of it",
    )
    assert revisions_of(january, one) == []


@pytest.mark.usefixtures("ledger")
def test_no_revision_is_issued_where_nothing_was_ever_measured(read: Settings) -> None:
    one = settled(read)
    assert (one.outcome, one.revision) == ("waiting", None)
    assert one.why[0].startswith("Nothing was measured yet: ")


def test_a_month_in_which_the_daemon_stood_still_is_issued_as_unknown(january: Settings) -> None:
    one = settled(january, OVER_MS + 60 * DAY_MS, period="2026-03")
    assert one.outcome == "issued"
    assert one.revision is not None
    told = one.revision.statement
    assert (told["seconds"]["up"], told["seconds"]["unknown"]) == (0, told["seconds"]["period"])
    assert {(each["measured"], each["verdict"]) for each in told["objectives"]} == {
        (None, "insufficient_data")
    }
    assert told["credit"]["amount"] in {None, "0.00"}
    assert "before the period does" in one.why[0]


def test_settling_in_the_process_that_has_the_ledger_open_leaves_its_locks_alone(
    january: Settings, ledger: Ledger
) -> None:
    before = locks(ledger.path)
    assert {name for name, *_ in before} == {"ledger.db", "ledger.db-shm"}
    held = {one for one in before if one[0] == "ledger.db"}  # beside it the writer takes some for a moment
    settled(january)
    exclude(january, 0)
    assert settled(january, OVER_MS + DAY_MS).outcome == "drafted"
    issue(ledger.path, drafts_of(ledger.path), now_ms=OVER_MS, by="ann", reason="agreed")
    after = locks(ledger.path)
    assert held <= set(after)
    assert {name for name, *_ in after} == {"ledger.db", "ledger.db-shm"}
