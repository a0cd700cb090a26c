"""What is claimed where outages have deadlines of their own, or a new revision waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.claiming.choosing import WAITS, Claim, LeftOut, chosen
from collector.ledger.ledger import Ledger
from collector.ledger.opening import editing
from collector.ledger.store import put_watermark
from collector.settling import drafts_of, issue, settle
from config.load import load
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant
from probes.model import Outcome, Reason, Round
from tests.clock import FakeClock
from tests.collector.claiming.estate import (
    DAY_MS,
    EVERY_MS,
    HOUR_MS,
    LATE_MS,
    OVER_MS,
    config_text,
    january,
    note,
    written,
)
from tests.collector.claiming.made import seen
from tests.collector.test_statements import JANUARY_MS, keys

OWN = "claim: {ticket_within: 72h, submit_within: 35d, from: outage_start}"
FIRST_MS = JANUARY_MS + (1 + 35 + 1) * DAY_MS
"""The end of the 35th day after 2 January: lon-acme's outage."""


@pytest.fixture
def estate(tmp_path: Path) -> Settings:
    settings = written(tmp_path)
    with Ledger.open(settings.ledger.path, clock=FakeClock(), reserve_bytes=0) as ledger:
        january(settings, ledger)
    return settings


def ask(
    settings: Settings, now_ms: int, *circuits: str, period: str = "2026-01"
) -> tuple[list[Claim], list[LeftOut]]:
    return chosen(
        settings, settings.ledger.path, circuits=circuits, carrier=None, period=period, minimum=None,
        now=Instant(now_ms * NS_PER_MS, 0), by="ann",
    )  # fmt: skip


def with_own_deadlines(settings: Settings, folder: Path) -> Settings:
    path = folder / "linkledger.yaml"
    path.write_text(config_text().replace("claim: {ticket_within: 72h, submit_within: 30d}", OWN))
    return load(path).settings


@pytest.mark.parametrize(("late_ms", "claimed"), [(-1, True), (0, False)])
def test_an_outage_that_had_to_be_claimed_before_is_claimed_no_more(
    estate: Settings, tmp_path: Path, late_ms: int, claimed: bool
) -> None:
    own = with_own_deadlines(estate, tmp_path)
    ask(own, OVER_MS, "lon-acme")
    claims, left = ask(own, FIRST_MS + late_ms, "lon-acme")
    assert bool(claims) == claimed
    assert [one.why.split(":")[0] for one in left] == (
        [] if claimed else ["the time to claim 100.00 GBP is over"]
    )


def test_of_several_outages_only_those_in_time_are_claimed(estate: Settings, tmp_path: Path) -> None:
    own = with_own_deadlines(estate, tmp_path)
    with Ledger.open(own.ledger.path, clock=FakeClock(), reserve_bytes=0) as ledger:
        late_outage(own, ledger)
    ask(own, OVER_MS, "ber-acme")
    ((whole,), _) = ask(own, OVER_MS, "ber-acme")
    ((part,), _) = ask(own, FIRST_MS + 20 * DAY_MS, "ber-acme")
    (line,) = part.lines
    assert (str(whole.lines[0].amount), str(line.amount)) == ("125.00", "50.00")
    assert [one["code"] for one in line.statement["credit"]["blocked_by"]] == ["submit_deadline_passed"]
    assert line.statement["revision"] == 1


def late_outage(settings: Settings, ledger: Ledger) -> None:
    """Two outages of ber-acme, on 3 and on 30 January, in rounds of an epoch that stands over the first."""
    number = ledger.series(keys(settings)["ber-acme"])
    epoch = ledger.open_epoch(Instant(JANUARY_MS * NS_PER_MS, 0), boot_id="c", synchronised=True, why="start")
    for day, slots in ((2, 80), (29, 40)):
        begin = JANUARY_MS + day * DAY_MS
        ledger.append(
            [
                Outcome(
                    Round(number, begin + slot * EVERY_MS, EVERY_MS, epoch, 1, 0, (None,), Reason.TIMEOUT)
                )
                for slot in range(slots)
            ]
        )
        note(
            settings, "ticket", id=f"B-{day}", carrier="acme", circuits=("ber-acme",), opened=begin + HOUR_MS
        )
    assert ledger.flush(30)


def test_a_circuit_whose_figures_changed_waits_for_a_person(estate: Settings, tmp_path: Path) -> None:
    own = with_own_deadlines(estate, tmp_path)
    ask(own, OVER_MS, "ber-acme")
    with Ledger.open(own.ledger.path, clock=FakeClock(), reserve_bytes=0) as ledger:
        late_outage(own, ledger)
    assert ask(own, OVER_MS, "ber-acme") == ([], [LeftOut("ber-acme", WAITS)])
    (draft,) = drafts_of(own.ledger.path)
    issue(own.ledger.path, [draft], now_ms=OVER_MS, by="ann", reason="late data")
    (claim,), _ = ask(own, OVER_MS, "ber-acme")
    assert seen(claim.lines[0].revision, claim.lines[0].amount) == (2, 125)


def test_what_was_claimed_already_is_not_made_wait_for_a_draft(estate: Settings) -> None:
    ask(estate, OVER_MS, "lon-acme")
    number = note(estate, "claim", carrier="acme", period="2026-01", state="submitted")
    note(estate, "exclude", circuits=("lon-acme",), kind="customer", state="accepted",
         **{"from": JANUARY_MS + DAY_MS, "to": JANUARY_MS + 3 * DAY_MS})  # fmt: skip
    _, left = ask(estate, OVER_MS, "lon-acme")
    assert [one.why for one in left] == [f"is submitted already, by note {number}"]


def test_a_contract_with_other_periods_is_left_out_and_the_rest_is_claimed(
    estate: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "linkledger.yaml"
    before, silver, after = config_text().partition("  silver:")
    path.write_text(before + silver + after.replace("period: calendar_month", "period: calendar_quarter"))
    mixed = load(path).settings
    claims, left = ask(mixed, OVER_MS, "lon-acme", "lon-beta", period="2026-02")
    assert claims == []
    assert "'2026-02' is no period of contract silver" in next(
        one.why for one in left if one.scope == "lon-beta"
    )
    claims, left = ask(mixed, OVER_MS, "lon-acme", "lon-beta")
    assert [(one.carrier, one.period) for one in claims] == [("acme", "2026-01")]
    assert [(one.scope, one.why) for one in left] == [
        ("lon-beta", "the period 2026-Q1 isn't over until 2026-04-01T00:00:00Z")
    ]
    with pytest.raises(ValueError, match="is no period of contract silver"):
        ask(mixed, OVER_MS, "lon-beta", period="2026-02")


def test_data_that_may_still_come_is_waited_for(estate: Settings) -> None:
    with editing(estate.ledger.path) as connection:
        put_watermark(connection, "lon", OVER_MS - 2 * DAY_MS)
    claims, left = ask(estate, OVER_MS - 2 * DAY_MS + 1, "lon-acme")
    assert claims == []
    assert left[0].why.startswith("the data of 2026-01 isn't complete yet: ")


def test_what_settling_made_before_is_claimed_by(estate: Settings) -> None:
    now = Instant(OVER_MS * NS_PER_MS, 0)
    (one,) = settle(estate, estate.ledger.path, period="2026-01", circuits=["lon-acme"], now=now, by="bob")
    (claim,), _ = ask(estate, LATE_MS - 1, "lon-acme")
    assert one.revision is not None
    assert (claim.lines[0].digest, claim.lines[0].revision) == (one.revision.digest, 1)
