"""Statements from a real ledger file, and the command that shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from collector import many
from collector.ledger.ledger import Ledger
from collector.ledger.model import REFERENCE, Gap, SeriesKey
from collector.ledger.notes import record
from collector.ledger.opening import editing
from collector.ledger.reader import SqliteReader
from collector.ledger.retention import EVIDENCE
from collector.ledger.store import record_gap
from collector.notebook.bodies import made
from collector.sla.calendar import rfc3339
from collector.sla.statement import Statement
from collector.statements import statements, what_if
from collector.targets import planned
from config.load import load
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant
from probes.model import Outcome, Reason, Round
from tests.clock import FakeClock

CONFIG = """\
site: lon
ledger: {path: ledger.db}
sites:
  lon: {timezone: Europe/London, reference: [{icmp: 192.0.2.254, owner: ours, every: 1m}]}
carriers:
  acme: {name: Acme}
  beta: {name: Beta}
circuits:
  lon-acme:
    carrier: acme
    site: lon
    contract: gold
    monthly_charge: 100.00 GBP
    probes: {pe: {icmp: 192.0.2.1, every: 1m, packets: 2}}
  lon-beta:
    carrier: beta
    site: lon
    contract: silver
    probes: {pe: {icmp: 192.0.2.2, every: 1m, packets: 2}}
  lon-free: {carrier: beta, site: lon, probes: {pe: {icmp: 192.0.2.3}}}
contracts:
  gold:
    carrier: acme
    effective: 2020-01-01
    timezone: UTC
    currency: circuit
    period: calendar_month
    denominator: elapsed
    outage:
      down: {loss_at_least: 100%, for: 2m}
      clock: {start: measured, end: restored}
      across_periods: split
    unknown: {policy: exclude}
    objectives:
      availability: {target: ">= 99.9%"}
      rtt: {stat: mean, of: samples, lost: ignore, target: "<= 25ms"}
  silver:
    carrier: beta
    effective: 2020-01-01
    timezone: UTC
    currency: EUR
    period: calendar_month
    denominator: elapsed
    outage:
      down: {loss_at_least: 100%, for: 2m}
      clock: {start: measured, end: restored}
      across_periods: split
    unknown: {policy: exclude}
    objectives:
      availability: {target: ">= 90%"}
"""
JANUARY_MS = 1_767_225_600_000
MINUTE_MS = 60_000
HOUR = 60
DAY_NS = 24 * HOUR * MINUTE_MS * NS_PER_MS
NOW = Instant((JANUARY_MS + 12 * HOUR * MINUTE_MS) * NS_PER_MS, 0)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "linkledger.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def read(config: Path) -> Settings:
    return load(config).settings


@pytest.fixture
def ledger(read: Settings, clock: FakeClock) -> Iterator[Ledger]:
    with Ledger.open(read.ledger.path, clock=clock, reserve_bytes=0) as opened:
        yield opened


def fill(ledger: Ledger, key: SeriesKey, minutes: range, silent: range = range(0), packets: int = 2) -> None:
    """A round a minute, answered in 20 ms but for those in `silent`."""
    series = ledger.series(key)
    epoch = ledger.open_epoch(Instant(JANUARY_MS * NS_PER_MS, 0), boot_id="b", synchronised=True, why="start")
    rows = []
    for minute in minutes:
        got, why = (0, Reason.TIMEOUT) if minute in silent else (packets, Reason.NONE)
        rtts = (200_000 if got else None,) * packets
        at_ms = JANUARY_MS + minute * MINUTE_MS
        rows.append(Outcome(Round(series, at_ms, MINUTE_MS, epoch, packets, got, rtts, why)))
    ledger.append(rows, {"lon": JANUARY_MS + minutes.stop * MINUTE_MS})


def keys(settings: Settings) -> dict[str, SeriesKey]:
    """The series that the configuration makes, by circuit."""
    return {plan.key.circuit: plan.key for plan in planned(settings, date(2026, 1, 1))}


@pytest.fixture
def half_a_day(ledger: Ledger, read: Settings) -> Settings:
    """Both circuits for twelve hours; acme's is cut for 30 minutes, and once our own side fails."""
    series = keys(read)
    fill(ledger, series[REFERENCE], range(12 * HOUR), range(600, 620))
    fill(ledger, series["lon-acme"], range(12 * HOUR), range(100, 130))
    fill(ledger, series["lon-beta"], range(12 * HOUR), range(600, 620))
    ledger.flush(10)
    return read


def test_a_cut_is_down_and_our_own_failure_is_unknown(half_a_day: Settings) -> None:
    with SqliteReader(half_a_day.ledger.path) as reader:
        circuits = ["lon-acme", "lon-beta", "lon-free"]
        acme, beta = statements(half_a_day, reader, period="current", circuits=circuits, now=NOW)
    assert (acme.times.down, acme.times.unknown, acme.credit.currency) == (30 * MINUTE_MS, 0, "GBP")
    assert (beta.times.down, beta.times.unknown, beta.credit.currency) == (0, 20 * MINUTE_MS, "EUR")
    assert [one.verdict for one in acme.objectives] == ["breached", "met"]
    assert not acme.closed


def test_a_site_that_accepts_to_have_no_reference_needs_no_witness(half_a_day: Settings) -> None:
    site = half_a_day.sites["lon"].model_copy(update={"reference": None})
    alone = half_a_day.model_copy(update={"sites": {"lon": site}})
    with SqliteReader(alone.ledger.path) as reader:
        (beta,) = statements(alone, reader, period="current", circuits=["lon-beta"], now=NOW)
    assert (beta.times.down, beta.times.unknown) == (20 * MINUTE_MS, 0)


def test_a_running_period_is_judged_up_to_where_the_ledger_is_complete(half_a_day: Settings) -> None:
    with SqliteReader(half_a_day.ledger.path) as reader:
        soon, later = (
            statements(
                half_a_day, reader, period="current", circuits=["lon-acme"], now=NOW.plus(ms * NS_PER_MS)
            )[0]
            for ms in (2 * MINUTE_MS, HOUR * MINUTE_MS)
        )
    assert (soon.times.period, soon.times.unknown) == (12 * HOUR * MINUTE_MS, 0)
    assert (later.times.period, later.times.unknown) == (13 * HOUR * MINUTE_MS, HOUR * MINUTE_MS)


def test_a_changed_option_makes_a_new_series_of_the_same_probe(ledger: Ledger, read: Settings) -> None:
    series = keys(read)
    fill(ledger, series[REFERENCE], range(60))
    fill(ledger, series["lon-acme"], range(30))
    fill(ledger, replace(series["lon-acme"], options="changed"), range(30, 60))
    ledger.flush(10)
    with SqliteReader(read.ledger.path) as reader:
        now = Instant((JANUARY_MS + HOUR * MINUTE_MS) * NS_PER_MS, 0)
        (statement,) = statements(read, reader, period="2026-01", circuits=["lon-acme"], now=now)
    assert (statement.times.up, statement.times.unknown) == (HOUR * MINUTE_MS, 0)


def dated(read: Settings, config: Path, fact: str) -> Settings:
    """The configuration with acme's contract replaced by a dated fact."""
    config.write_text(CONFIG.replace("    contract: gold\n", f"    {fact}\n"))
    return load(config).settings


def test_a_contract_holds_as_it_stood_at_the_periods_start(half_a_day: Settings, config: Path) -> None:
    settings = dated(half_a_day, config, "contract: [{value: silver}, {from: 2026-01-02, value: gold}]")
    with SqliteReader(settings.ledger.path) as reader:
        january, february = (
            statements(settings, reader, period=period, circuits=["lon-acme"], now=NOW.plus(40 * DAY_NS))[0]
            for period in ("2026-01", "2026-02")
        )
    assert (january.contract, february.contract) == ("silver", "gold")
    assert january.steps[-1] == (
        "contract changes on 2026-01-02, inside this period: all of it is judged by what stood at its start"
    )
    assert not any("changes on" in step for step in february.steps)


def test_a_contract_that_begins_inside_a_period_judges_it_and_one_that_ended_before_does_not(
    half_a_day: Settings, config: Path
) -> None:
    def contracts(fact: str) -> list[str]:
        settings = dated(half_a_day, config, fact)
        with SqliteReader(settings.ledger.path) as reader:
            found = statements(settings, reader, period="2026-01", circuits=["lon-acme"], now=NOW)
        return [one.contract for one in found]

    assert contracts("contract: [{from: 2026-01-20, value: gold}]") == ["gold"]
    assert contracts("contract: [{from: 2026-02-01, value: gold}]") == []
    assert contracts("contract: [{value: silver}, {from: 2025-12-31, value: }]") == []
    assert contracts("contract: [{value: silver}, {from: 2026-01-20, value: }]") == ["silver"]


def test_time_before_a_contract_begins_and_after_it_ends_is_not_judged(
    half_a_day: Settings, config: Path
) -> None:
    def judged(fact: str) -> tuple[int, str]:
        settings = dated(half_a_day, config, fact)
        with SqliteReader(settings.ledger.path) as reader:
            now = NOW.plus(40 * DAY_NS)
            (one,) = statements(settings, reader, period="2026-01", circuits=["lon-acme"], now=now)
        return one.times.period // (24 * HOUR * MINUTE_MS), one.steps[1]

    days, told = judged("contract: [{from: 2026-01-20, value: gold}]")
    assert (days, "from 2026-01-20 00:00:00 +00:00 to 2026-02-01 00:00:00 +00:00" in told) == (12, True)
    days, told = judged("contract: [{value: silver}, {from: 2026-01-20, value: }]")
    assert (days, "from 2026-01-01 00:00:00 +00:00 to 2026-01-20 00:00:00 +00:00" in told) == (19, True)
    days, _ = judged(
        "contract: [{value: silver}, {from: 2026-01-05, value: }, {from: 2026-01-20, value: gold}]"
    )
    assert days == 31, "one that follows is told as a change"
    ended = "contract: [{value: silver}, {from: 2026-01-20, value: }]\n    active: {until: 2026-01-10}"
    assert judged(ended)[0] == 10


@pytest.mark.parametrize(
    ("zone", "period", "day", "begins"),
    [
        ("America/New_York", "2026-01", "2026-01-01", "2026-01-01T05:00:00Z"),
        ("Asia/Kathmandu", "2026-01", "2026-02-01", "2026-01-31T18:15:00Z"),
        ("Europe/Berlin", "2026-03", "2026-04-01", "2026-03-31T22:00:00Z"),  # in summer time by then
    ],
)
def test_a_change_at_the_sites_midnight_inside_a_period_of_another_zone_is_told(
    half_a_day: Settings, config: Path, zone: str, period: str, day: str, begins: str
) -> None:
    fact = f"contract: gold\n    bandwidth: [{{value: {{down: 1M}}}}, {{from: {day}, value: {{down: 2M}}}}]"
    settings = dated(half_a_day, config, fact)
    site = settings.sites["lon"].model_copy(update={"timezone": zone})
    away = settings.model_copy(update={"sites": {"lon": site}})
    with SqliteReader(settings.ledger.path) as reader:
        (one,) = statements(away, reader, period=period, circuits=["lon-acme"], now=NOW.plus(120 * DAY_NS))
        (home,) = statements(
            settings, reader, period="2026-01", circuits=["lon-acme"], now=NOW.plus(40 * DAY_NS)
        )
    assert one.steps[-1] == (
        f"bandwidth changes on {day}, which begins at {begins} at the site, inside this period: "
        "it is judged by the days of UTC"
    )
    assert not any("changes on" in step for step in home.steps), "the zones agree"


def test_a_charge_that_changes_inside_a_period_is_told(half_a_day: Settings, config: Path) -> None:
    charge = "[{value: 100.00 EUR}, {from: 2026-01-20, value: 100.00 USD}]"
    config.write_text(CONFIG.replace("monthly_charge: 100.00 GBP", f"monthly_charge: {charge}"))
    with SqliteReader(half_a_day.ledger.path) as reader:
        settings = load(config).settings
        (one,) = statements(settings, reader, period="2026-01", circuits=["lon-acme"], now=NOW)
    assert one.credit.currency == "EUR"
    assert one.steps[-1].startswith("monthly_charge changes on 2026-01-20, inside this period")


def test_who_judges_is_taken_from_the_periods_start(half_a_day: Settings, config: Path) -> None:
    fact = "contract: gold\n    judged_by: [{value: {rtt: [pe]}}, {from: 2026-01-20, value: {loss: [pe]}}]"
    settings = dated(half_a_day, config, fact)
    with SqliteReader(settings.ledger.path) as reader:
        (statement,) = statements(settings, reader, period="2026-01", circuits=["lon-acme"], now=NOW)
    assert statement.steps[-1].startswith("judged_by changes on 2026-01-20, inside this period")


def test_a_statement_says_why_the_ledger_lacks_a_part_of_its_period(
    half_a_day: Settings, ledger: Ledger
) -> None:
    begin, end = JANUARY_MS + 12 * HOUR * MINUTE_MS, JANUARY_MS + 13 * HOUR * MINUTE_MS
    gap = Gap(EVIDENCE, 0, -1, 60, "restored from a backup: 60 rounds are not here", end, begin, end)
    elsewhere = replace(gap, from_ms=1, to_ms=2)
    for one in (gap, elsewhere, Gap(EVIDENCE, 0, -1, 5, "of no time", end)):
        ledger.write(partial(record_gap, gap=one)).result(10)
    with ledger.reader() as reader:
        (found,) = statements(half_a_day, reader, period="2026-01", circuits=["lon-acme"], now=NOW)
    told = [step for step in found.steps if step.startswith("The ledger lacks")]
    assert told == [
        "The ledger lacks 2026-01-01T12:00:00Z to 2026-01-01T13:00:00Z: "
        "restored from a backup: 60 rounds are not here"
    ]


# --- notes, scopes, what-if, many


def note(settings: Settings, kind: str, /, **values: object) -> None:
    with editing(settings.ledger.path) as connection:
        record(connection, made(kind, {"reason": "r"} | values), at_ms=1, author="ann")


def minute(number: int) -> str:
    return rfc3339(JANUARY_MS + number * MINUTE_MS)


def excluding(config: Path, more: str = "") -> Settings:
    text = config.read_text().replace(
        "    unknown: {policy: exclude}\n",
        f"    unknown: {{policy: exclude}}\n    exclude: {{customer: {{effect: numerator}}}}\n{more}",
    )
    config.write_text(text)
    return load(config).settings


def judge(settings: Settings, *circuits: str) -> list[Statement]:
    with SqliteReader(settings.ledger.path) as reader:
        return statements(settings, reader, period="current", circuits=circuits, now=NOW)


def test_notes_count_for_the_circuits_that_they_concern(half_a_day: Settings, config: Path) -> None:
    settings = excluding(config)
    note(settings, "ticket", id="T1", circuits=("lon-acme",), opened=minute(105))
    note(
        settings,
        "exclude",
        kind="customer",
        circuits=("lon-beta",),
        **{"from": minute(100), "to": minute(110)},
    )
    (before,) = judge(settings, "lon-acme")
    note(settings, "exclude", kind="customer", carrier="acme", **{"from": minute(100), "to": minute(110)})
    (after,) = judge(settings, "lon-acme")
    assert before.times.counted_down == 30 * MINUTE_MS
    assert after.times.counted_down == 20 * MINUTE_MS
    assert after.outages[0].tickets == ("T1",)


def test_a_carriers_note_concerns_those_circuits_that_were_its_own_then(
    half_a_day: Settings, config: Path
) -> None:
    settings = excluding(config)
    note(settings, "exclude", kind="customer", carrier="beta", **{"from": minute(100), "to": minute(110)})
    text = config.read_text().replace(
        "    carrier: acme\n    site",
        "    carrier: [{value: beta}, {from: 2026-01-02, value: acme}]\n    site",
    )
    assert judge(settings, "lon-acme")[0].times.counted_down == 30 * MINUTE_MS
    config.write_text(text)
    assert judge(load(config).settings, "lon-acme")[0].times.counted_down == 20 * MINUTE_MS


@pytest.mark.parametrize(
    ("scope", "name", "down", "who"),
    [
        ("{site: any_down}", "lon", 30, ("lon-acme", "lon-beta")),
        ("{site: all_down}", "lon", 0, ("lon-acme", "lon-beta")),
        ("{contract: any_down}", "gold", 30, ("lon-acme", "lon-beta")),
        ("{pair: [lon-acme, lon-beta]}", "lon-acme+lon-beta", 0, ("lon-acme", "lon-beta")),
    ],
)
def test_circuits_that_a_contract_judges_as_one_have_one_statement_whichever_is_asked_for(
    half_a_day: Settings, config: Path, scope: str, name: str, down: int, who: tuple[str, ...]
) -> None:
    config.write_text(config.read_text().replace("contract: silver", "contract: gold"))
    settings = excluding(config, f"    scope: {scope}\n")
    for asked in (["lon-acme"], ["lon-beta"], ["lon-beta", "lon-free", "lon-acme"]):
        (one,) = judge(settings, *asked)
        assert (one.circuit, one.times.down, one.circuits) == (name, down * MINUTE_MS, who)


def test_a_pair_takes_its_partner_in_whatever_contract_that_has(half_a_day: Settings, config: Path) -> None:
    text = config.read_text().replace(
        "  gold:\n    carrier: acme\n",
        "  gold:\n    carrier: acme\n    scope: {pair: [lon-acme, lon-beta]}\n",
    )
    config.write_text(text)
    found = judge(load(config).settings, "lon-acme", "lon-beta")
    assert [(one.circuit, one.contract, one.times.down) for one in found] == [
        ("lon-acme+lon-beta", "gold", 0), ("lon-beta", "silver", 0),
    ]  # fmt: skip


def test_what_another_contract_would_make_of_it_needs_no_change_of_the_configuration(
    half_a_day: Settings,
) -> None:
    with SqliteReader(half_a_day.ledger.path) as reader:
        silver = half_a_day.contracts["silver"]
        found = what_if(
            half_a_day,
            reader,
            contract=silver,
            contract_id="trial",
            circuits=["lon-acme", "lon-free"],
            period="current",
            now=NOW,
        )
    assert [(one.circuit, one.contract, one.times.down) for one in found] == [
        ("lon-acme", "trial", 30 * MINUTE_MS), ("lon-free", "trial", 0),
    ]  # fmt: skip
    assert [one.verdict for one in found[0].objectives] == ["met"]


@pytest.mark.slow
def test_worker_processes_give_the_same_in_the_same_order(
    half_a_day: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "WORTH_IT", 2)
    through: list[int] = []
    asked = ["lon-beta", "lon-free", "lon-acme"]
    path = half_a_day.ledger.path
    found = list(
        many.in_processes(half_a_day, path, period="current", circuits=asked, now=NOW, done=through.append)
    )
    assert [one.as_json() for one in found] == [one.as_json() for one in judge(half_a_day, *asked)]
    assert through == [1, 2]
    with pytest.raises(ValueError, match="'banana' is not a period"):
        list(many.in_processes(half_a_day, path, period="banana", circuits=asked, now=NOW))


def test_a_few_are_judged_without_another_process(half_a_day: Settings) -> None:
    through: list[int] = []
    path, asked = half_a_day.ledger.path, ["lon-acme"]
    found = many.in_processes(
        half_a_day, path, period="current", circuits=asked, now=NOW, done=through.append
    )
    assert [one.circuit for one in found] == ["lon-acme"]
    assert through == [1]
