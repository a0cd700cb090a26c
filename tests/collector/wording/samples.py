"""One small contract for every key of the schema, and what an explanation must say of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from collector.wording.whole import told, undecided
from config.contract import Contract
from tests.config.contracts import outage, terms

Terms = dict[str, Any]


class Sample(NamedTuple):
    """Terms that hold a key, and a part of the sentence that it must get."""

    terms: Terms
    says: str


def objective(metric: str, /, **keys: object) -> Terms:
    """A contract that promises one thing."""
    return terms(objectives={metric: keys})


def availability(credit: Mapping[str, object], **more: object) -> Terms:
    """A contract whose availability pays so."""
    return terms(
        objectives={"availability": {"target": ">= 99.9%", "credit": credit}}, day_rate="1/30", **more
    )


def rtt(**keys: object) -> Terms:
    """A contract that promises a delay."""
    base = {"stat": "mean", "of": "samples", "lost": "ignore", "target": "<= 45ms"}
    return objective("rtt", **(base | keys))


def of_outage(**keys: object) -> Terms:
    """A contract with these keys of an outage."""
    return terms(outage=outage(**keys))


def down(**rule: object) -> Terms:
    """A contract with this rule of what down is."""
    return of_outage(down=rule)


def excluded(**keys: object) -> Terms:
    """A contract that excludes maintenance so."""
    return terms(exclude={"maintenance": {"effect": "numerator"} | keys})


def chronic(**rule: object) -> Terms:
    """A contract with one chronic rule."""
    return terms(chronic={"any": [rule]})


BANDS = {"bands": [{"below": "99.9%", "gives": "5%"}]}
PER = {"per": "1h", "gives": "1 day", "partial": "fraction", "each": "outage"}
JITTER = {"definition": "ipdv_mean", "target": "<= 2ms"}
TWO = {
    "availability": {"target": ">= 99.9%", "credit": {"flat": "5%"}},
    "loss": {"target": "<= 0.1%", "credit": {"flat": "5%"}},
}

SAMPLES: dict[str, Sample] = {
    "Document.title": Sample(terms(document={"title": "Acme SLA"}), 'Read from "Acme SLA".'),
    "Document.file": Sample(terms(document={"title": "A", "file": "a.pdf"}), ", file a.pdf."),
    "Document.sha256": Sample(terms(document={"title": "A", "sha256": "9f2c"}), "SHA-256 9f2c."),
    "Terms.document": Sample(terms(), "No document is named"),
    "Terms.effective": Sample(terms(effective="2026-02-03"), "It holds from 2026-02-03"),
    "Version.effective": Sample(
        terms(versions=[{"effective": "2027-05-06"}]),
        "Of several versions the one in force at a period's start",
    ),
    "Terms.timezone": Sample(
        terms(timezone="site"), "The time zone of the circuit's site decides where a day"
    ),
    "Terms.currency": Sample(
        terms(currency="circuit", objectives=TWO, combine="sum"), "the currency of the circuit"
    ),
    "Terms.holidays": Sample(terms(holidays=["2026-12-25"]), "Monday to Friday without 2026-12-25."),
    "Terms.period": Sample(terms(period="calendar_quarter"), "each calendar quarter"),
    "BillingMonth.billing_month": Sample(
        terms(period={"billing_month": 31}), "day 31 (the last day of a shorter"
    ),
    "AnniversaryYear.anniversary_year": Sample(
        terms(period={"anniversary_year": "2026-02-10"}),
        "years that begin on 10 February, counted from 2026-02-10",
    ),
    "Trailing.trailing": Sample(
        terms(period={"trailing": "30d"}), "Judged over the 30 days that end with each"
    ),
    "MeanOfMonths.mean_of_months": Sample(
        terms(period={"mean_of_months": 12}), "the mean of the 12 calendar months"
    ),
    "MeanOfMonths.weighted": Sample(
        terms(period={"mean_of_months": 3, "weighted": True}), "each weighing by its length"
    ),
    "Terms.denominator": Sample(terms(denominator="nominal"), "every day has 24 hours"),
    "Fixed.fixed": Sample(terms(denominator={"fixed": "720h"}), "divides downtime by 30 days, however long"),
    "Terms.hours": Sample(terms(hours={"Mon-Fri": "07:00-19:00"}), "Service hours are Mon-Fri 07:00-19:00"),
    "Terms.scope": Sample(terms(), "Each circuit is judged alone."),
    "Scope.site": Sample(
        terms(scope={"site": "any_down"}), "All circuits of a site are judged as one: down is when any"
    ),
    "Scope.contract": Sample(terms(scope={"contract": "all_down"}), "All circuits of this contract"),
    "Scope.pair": Sample(terms(scope={"pair": ["a", "b"]}), "A and b stand in for each other"),
    "Terms.measured": Sample(terms(), "It isn't said between which points"),
    "MeasuredTerms.between": Sample(terms(measured={"between": "pop_pop"}), "That is not ours to measure"),
    "MeasuredTerms.by": Sample(
        terms(measured={"by": "carrier"}), "It is measured by the carrier. That is not ours"
    ),
    "Terms.outage": Sample(terms(), "Each outage is reckoned in this order"),
    "Terms.exclude": Sample(terms(), "Nothing is excluded"),
    "Terms.unknown": Sample(terms(unknown={"policy": "down"}), "Time that nobody measured counts as down."),
    "Unknown.policy": Sample(terms(unknown={"policy": "carry"}), "has the status of the time before it"),
    "Unknown.coverage": Sample(
        terms(unknown={"policy": "up", "coverage": "99%"}),
        "With less than 99% of the time known there is no verdict",
    ),
    "Terms.objectives": Sample(terms(), "availability must be 99.9% or more; exactly 99.9% keeps it."),
    "Terms.day_rate": Sample(
        availability(BANDS) | {"day_rate": "12/365"},
        "A day of a monthly charge is that charge times 12 divided by 365",
    ),
    "Terms.combine": Sample(terms(objectives=TWO, combine="max"), "only the largest credit is paid"),
    "Groups.groups": Sample(
        terms(objectives=TWO, combine={"groups": [["availability", "loss"]]}),
        "inside a group (availability and loss)",
    ),
    "Terms.caps": Sample(availability(BANDS), "No cap: there is no most that is paid."),
    **{
        f"CapAmounts.{key}": Sample(availability(BANDS, caps={key: "50%"}), f"50% {article} {key}.")
        for key, article in {"event": "an", "day": "a", "month": "a", "quarter": "a", "year": "a"}.items()
    },
    "Caps.shared": Sample(
        terms(objectives=TWO, combine="sum", caps={"shared": [{"objectives": ["loss"], "month": "9.00"}]}),
        "loss together: 9.00 a month.",
    ),
    "SharedCap.objectives": Sample(
        terms(
            objectives=TWO,
            combine="sum",
            caps={"shared": [{"objectives": ["availability", "loss"], "month": "9%"}]},
        ),
        "availability and loss together: 9% a month.",
    ),
    "Terms.minimum_payout": Sample(availability(BANDS), "No minimum payout"),
    "MinimumPayout.more_than": Sample(
        availability(BANDS, minimum_payout={"more_than": "1.00"}),
        "A credit of 1.00 or less is not paid at all",
    ),
    "MinimumPayout.at_least": Sample(
        availability(BANDS, minimum_payout={"at_least": "1.00"}), "one of that much or more is paid whole"
    ),
    "Terms.chronic": Sample(terms(), "No rule: however often it fails"),
    "Terms.claim": Sample(terms(), "No ticket is needed for a credit."),
    "Terms.undecided": Sample(
        terms(outage=outage(across_periods=None), undecided=["across_periods"]),
        "across_periods is still in dispute. It may be one of 3:",
    ),
    "Contract.extends": Sample(terms(extends="kinds/bands-on-availability"), "kinds/bands-on-availability"),
    "Contract.carrier": Sample(terms(carrier="blink"), "blink"),
    "Contract.versions": Sample(terms(versions=[{"effective": "2027-05-06"}]), "As in the version before."),
    "LossRule.loss_above": Sample(
        down(loss_above="50%"), "Exactly 50% lost is not yet enough: the limit is strict."
    ),
    "LossRule.loss_at_least": Sample(down(loss_at_least="50%"), "Exactly 50% lost is enough."),
    "LossRule.direction": Sample(
        down(loss_above="50%", direction="forward"), "Only the forward direction is looked at"
    ),
    "SimpleRule.for": Sample(
        down(loss_above="50%", **{"for": "60s"}), "Once they have lasted 1 minute, downtime"
    ),
    "SimpleRule.clear": Sample(down(loss_above="50%", clear="90s"), "until 90 seconds without"),
    "MefRule.interval": Sample(
        down(loss_above="50%", interval="10s", consecutive=10), "the packets of 10 seconds"
    ),
    "MefRule.consecutive": Sample(
        down(loss_above="50%", interval="10s", consecutive=10), "Fewer than 10 lossy intervals in a row"
    ),
    "SlidingRule.over": Sample(down(loss_above="1%", over="2h"), "of all packets of 2 hours lost"),
    "DenseRule.seconds": Sample(
        down(loss_above="50%", seconds=60, within="15m"), "60 s themselves are enough"
    ),
    "DenseRule.within": Sample(down(loss_above="50%", seconds=60, within="15m"), "inside 15 minutes"),
    "AnyRule.any": Sample(
        down(any=[{"loss_above": "50%"}, {"loss_above": "1%", "over": "2h"}]),
        "when any one of these says so:",
    ),
    "OutageTerms.down": Sample(
        down(loss_above="50%"), "The circuit is down with more than 50% of a round's packets"
    ),
    "OutageTerms.minimum": Sample(terms(), "No minimum: every second of every outage counts."),
    "OutageTerms.merge_within": Sample(
        of_outage(merge_within="5m"), "Outages less than 5 minutes apart are one"
    ),
    "OutageTerms.clock": Sample(terms(), "What we measure decides, whenever a ticket was opened"),
    "OutageTerms.round": Sample(terms(), "Lengths are not rounded"),
    "OutageTerms.across_periods": Sample(
        of_outage(across_periods="start"), "belongs whole to the period in which it be"
    ),
    "Minimum.at_least": Sample(of_outage(minimum={"at_least": "120s"}), "one of exactly 2 minutes counts."),
    "Minimum.longer_than": Sample(
        of_outage(minimum={"longer_than": "15m"}), "exactly 15 minutes does not count."
    ),
    "Minimum.mode": Sample(
        of_outage(minimum={"longer_than": "15m", "mode": "deductible"}), "counts with what exceeds it."
    ),
    "Minimum.allowance": Sample(of_outage(minimum={"allowance": "60m"}), "1 hour a period is free."),
    "OutageClock.start": Sample(
        of_outage(clock={"start": "ticket", "end": "restored"}),
        "from the ticket's opening to its measured end",
    ),
    "OutageClock.end": Sample(
        of_outage(clock={"start": "measured", "end": "ticket_closed"}), "to the ticket's closing"
    ),
    "OutageClock.pause": Sample(
        of_outage(clock={"start": "measured", "end": "restored", "pause": ["customer_wait"]}),
        "Holds of the ticket stop the clock where their reason is customer_wait",
    ),
    "LaterOf.later_of": Sample(
        of_outage(clock={"start": {"later_of": ["measured", "ticket"]}, "end": "restored"}),
        "the later of its measured",
    ),
    "EarlierOf.earlier_of": Sample(
        of_outage(clock={"start": "measured", "end": {"earlier_of": ["restored", "ticket_closed"]}}),
        "the earlier of",
    ),
    "OutageRound.to": Sample(
        of_outage(round={"to": "1m", "mode": "up"}), "length is rounded up to 1 minute."
    ),
    "OutageRound.mode": Sample(
        of_outage(round={"to": "1m", "mode": "touched"}), "counts each 1 minute of the clock"
    ),
    "OutageRound.each": Sample(
        of_outage(round={"to": "1m", "mode": "up", "each": "period"}), "The period's sum is rounded up"
    ),
    "Exclusion.effect": Sample(
        excluded(effect="window"), "leaves both the downtime and what it is divided by"
    ),
    "Exclusion.notice": Sample(excluded(notice="5bd"), "only if announced at least 5 business days before"),
    "Exclusion.windows": Sample(
        excluded(windows=["Sun 00:00-06:00"]), "only the part of it inside Sun 00:00-06:00"
    ),
    "Exclusion.allowance": Sample(excluded(allowance="10h/year"), "at most 10 hours a calendar year"),
    "Exclusion.overrun": Sample(excluded(overrun="counts"), "the paper says itself that what runs over"),
    "Objective.metric": Sample(
        terms(objectives={"quick": {"metric": "loss", "target": "<= 1%"}}), "quick (loss) must be 1% or less"
    ),
    "Objective.target": Sample(
        objective("loss", target="< 1%"), "loss must be less than 1%; exactly 1% breaks it."
    ),
    "Judged.target": Sample(
        objective("availability", target="> 99%"), "more than 99%; exactly 99% breaks it."
    ),
    "Objective.credit": Sample(terms(), "availability: a breach pays nothing."),
    "Objective.round": Sample(terms(), "The figure is not rounded before it is judged."),
    "Rounding.places": Sample(rtt(round={"places": 1}), "rounded to 1 decimal place, half up, before"),
    "Rounding.mode": Sample(
        rtt(round={"places": 0, "mode": "down"}), "rounded to a whole number, always down, before"
    ),
    "Objective.dscp": Sample(rtt(dscp=[34, 36]), "Only packets marked with DSCP 34 or 36 are judged."),
    "Objective.direction": Sample(
        objective("loss", target="<= 1%", direction="worst"),
        "Each direction is judged, and the worse one decides.",
    ),
    "Objective.family": Sample(rtt(family="6"), "Only IPv6 is judged."),
    "Objective.each_window": Sample(rtt(each_window={"of": "1h"}), "broken once any of them misses it"),
    "EachWindow.of": Sample(
        rtt(each_window={"of": "1h"}), "There is a verdict for each 1 hour of local clock time"
    ),
    "EachWindow.in_a_row": Sample(
        rtt(each_window={"of": "1h", "in_a_row": 4}), "once 4 in a row miss it inside the period"
    ),
    "EachWindow.within": Sample(
        rtt(each_window={"of": "1h", "in_a_row": 4, "within": "day"}),
        "inside one local day (a row does not cross",
    ),
    "Objective.only_if": Sample(
        rtt(only_if=[{"cure": "30d"}, {"trailing_mean": "30d"}]), "All of these must hold."
    ),
    "Gate.not_cured_within": Sample(
        rtt(only_if=[{"not_cured_within": "2h", "of": "ticket"}]), "not cured within 2 hours"
    ),
    "Gate.of": Sample(rtt(only_if=[{"not_cured_within": "2h", "of": "ticket"}]), "2 hours of its opening"),
    "Gate.trailing_mean": Sample(
        rtt(only_if=[{"trailing_mean": "30d"}]), "over the 30 days that end with the period"
    ),
    "Gate.cure": Sample(rtt(only_if=[{"cure": "30d"}]), "which ended 30 days or more before"),
    "Sampled.while": Sample(rtt(**{"while": "available"}), "in excluded time are left out."),
    "Available.available": Sample(
        rtt(**{"while": {"available": True, "utilisation_below": "80%"}}),
        "excluded time, and those sent while the load is 80%",
    ),
    "Available.utilisation_below": Sample(
        rtt(**{"while": {"utilisation_below": "80%"}}), "Packets sent while the load is 80% of the ban"
    ),
    "Available.of": Sample(
        rtt(**{"while": {"utilisation_below": "80%", "of": "commit"}}),
        "the load is 80% of the committed rate or more",
    ),
    "RttObjective.stat": Sample(rtt(stat="p95"), "The 95th percentile (nearest rank"),
    "RttObjective.of": Sample(rtt(), "over all packets of the period, each weighing the same"),
    "RttObjective.lost": Sample(rtt(lost="infinite"), "the figure can be infinite, a breach"),
    "ShareAbove.share_above": Sample(
        rtt(stat={"share_above": "10ms"}, target="<= 1%"), "whose round-trip time is above 10 milliseconds"
    ),
    "MeansOf.means_of": Sample(rtt(of={"means_of": "5m"}), "the means of stretches of 5 minutes"),
    "LostAs.as": Sample(rtt(lost={"as": "2000ms"}), "A lost packet counts as 2 seconds."),
    "JitterObjective.definition": Sample(
        objective("jitter", **(JITTER | {"definition": "stddev"})), "standard deviation"
    ),
    "PdvAt.pdv": Sample(
        objective("jitter", **(JITTER | {"definition": {"pdv": "p99.9"}})),
        "the 99.9th percentile of the delay above",
    ),
    "JitterObjective.stat": Sample(
        objective("jitter", **(JITTER | {"stat": {"share_above": "9ms"}, "target": "<= 1%"})),
        "share of it above 9 milli",
    ),
    "JitterObjective.lost": Sample(
        objective(
            "jitter", **(JITTER | {"stat": {"share_above": "9ms"}, "target": "<= 1%", "lost": "infinite"})
        ),
        "A lost packet counts as above.",
    ),
    "OneWayDelayObjective.stat": Sample(
        objective("one_way_delay", target="<= 20ms", stat="max"), "The largest delay in one direction"
    ),
    "OneWayDelayObjective.of": Sample(
        objective("one_way_delay", target="<= 20ms", of={"means_of": "5m"}),
        "the means of stretches of 5 minutes",
    ),
    "OneWayDelayObjective.lost": Sample(
        objective("one_way_delay", target="<= 20ms", lost={"as": "1s"}), "A lost packet counts as 1 second."
    ),
    "MosObjective.codec": Sample(objective("mos", target=">= 4.0", codec="g729a"), "for G.729A"),
    "MosObjective.plc": Sample(objective("mos", target=">= 4.0", plc=True), "with packet loss concealment"),
    "MosObjective.delay": Sample(
        objective("mos", target=">= 4.0", delay="rtt"), "the whole round-trip time is taken"
    ),
    "MosObjective.method": Sample(objective("mos", target=">= 4.0", method="full"), "by the full delay term"),
    "MosObjective.burst_ratio": Sample(
        objective("mos", target=">= 4.0", burst_ratio="1.5"), "losses taken as bursts (BurstR 1.5)"
    ),
    "Share.within": Sample(
        objective("time_to_repair", share={"within": "4h", "at_least": "95%"}), "4 hours or less in at least"
    ),
    "Share.at_least": Sample(
        objective("time_to_repair", share={"within": "4h", "at_least": "95%"}), "in at least 95% of the cases"
    ),
    "RepairObjective.each": Sample(
        objective("response", each="<= 4h"), "response must be 4 hours or less in each case;"
    ),
    "RepairObjective.dispatched": Sample(
        objective("time_to_repair", each="<= 4h", dispatched="<= 8h"),
        "8 hours or less in each case that needed a visit",
    ),
    "RepairObjective.share": Sample(
        objective("start_of_repair", share={"within": "2bd", "at_least": "95%"}), "2 business days or less"
    ),
    "MttrObjective.only": Sample(
        objective("mttr", target="<= 4h", only="dispatched"), "only outages whose ticket needed a visit"
    ),
    "UtilisationObjective.stat": Sample(
        objective("utilisation", target="<= 90%", stat="p95"), "95% of all do not exceed) of the load"
    ),
    "UtilisationObjective.of": Sample(
        objective("utilisation", target="<= 90%", of="commit"), "in percent of the committed rate"
    ),
    "ThroughputObjective.stat": Sample(
        objective("throughput", target=">= 90%", stat="max"), "The largest throughput"
    ),
    "ThroughputObjective.of": Sample(objective("throughput", target=">= 90%"), "in percent of the bandwidth"),
    "DeliveryObjective.bands": Sample(
        objective("delivery", target="<= 0bd", bands=[{"above": "0bd", "gives": "10%"}]),
        "above 0 business days: 10% of the one-time charge",
    ),
    "Band.below": Sample(availability(BANDS), "below 99.9%: 5% of the month's charge"),
    "Band.above": Sample(
        objective("loss", target="<= 1%", credit={"bands": [{"above": "1%", "gives": "5%"}]}),
        "above 1%: 5% of the",
    ),
    "Band.from": Sample(
        availability({"over": "downtime", "bands": [{"from": "5m", "gives": "5%"}]}),
        "`from` holds the value itself",
    ),
    "Band.to": Sample(
        availability({"bands": [{"from": "99%", "to": "99.9%", "gives": "5%"}]}), "from 99% to 99.9%: 5%"
    ),
    "Band.gives": Sample(
        availability({"bands": [{"below": "99.9%", "gives": "50.00"}]}), "below 99.9%: 50.00."
    ),
    "Credit.bands": Sample(availability(BANDS), "availability pays by a table:"),
    "Credit.over": Sample(
        availability({"over": "each_outage", "bands": [{"from": "4h", "gives": "10%"}]}),
        "By the counted time of each",
    ),
    "Credit.per": Sample(availability(PER), "for each begun hour of counted downtime"),
    "Credit.gives": Sample(availability(PER), "1 day of the month's charge for each"),
    "Credit.partial": Sample(
        availability(PER | {"partial": "whole"}), "for each whole hour of counted downtime"
    ),
    "Credit.each": Sample(
        availability({"flat": "5%", "each": "ticket"}), "once for each ticket of an outage that counts"
    ),
    "Credit.max_a_day": Sample(
        availability(PER | {"max_a_day": "2"}), "At most 2 such units are paid for one local day"
    ),
    "Credit.per_step": Sample(
        availability({"per_step": "0.1%", "gives": "1%"}), "for each 0.1% by which the target is"
    ),
    "Credit.each_day": Sample(
        availability({"each_day": True, "gives": "1 day"}), "for each local day that holds counted"
    ),
    "Credit.flat": Sample(availability({"flat": "10%"}), "10% of the month's charge, once a period"),
    "Credit.proportional": Sample(
        availability({"proportional": True}), "The month's charge times the counted downtime"
    ),
    "Credit.times": Sample(availability({"proportional": True, "times": "1.5"}), "divided by, times 1.5."),
    "Credit.when": Sample(
        availability({"flat": "10%", "when": "always"}), "whether the promise is broken or kept"
    ),
    "Credit.base": Sample(availability({"flat": "10%", "base": "port"}), "10% of the port charge"),
    "Chronic.any": Sample(chronic(outages=3, within="30d"), "once any one of these is reached:"),
    "Chronic.all": Sample(
        terms(chronic={"all": [{"outages": 3, "within": "30d"}]}), "once every one of these is reached:"
    ),
    "Chronic.window": Sample(
        terms(chronic={"any": [{"outages": 3, "within": "30d"}], "window": "closed"}),
        "before the last one still counts",
    ),
    "Chronic.remedy": Sample(
        terms(chronic={"any": [{"outages": 3, "within": "30d"}], "remedy": "terminate"}),
        "What it gives: terminate.",
    ),
    "Chronic.notice": Sample(
        terms(chronic={"any": [{"outages": 3, "within": "30d"}], "notice": "30d"}),
        "That needs 30 days of notice.",
    ),
    "ChronicRule.outages": Sample(chronic(outages=3, within="30d"), "3 outages within 30 days."),
    "ChronicRule.tickets": Sample(chronic(tickets=4, within="period"), "4 tickets in the period."),
    "ChronicRule.downtime": Sample(
        chronic(downtime="24h", within="period"), "of downtime in the period (that much itself"
    ),
    "ChronicRule.failed_periods": Sample(
        chronic(failed_periods=3), "3 failed periods of the last 3, all of them"
    ),
    "ChronicRule.longer_than": Sample(
        chronic(outages=3, longer_than="30m", within="30d"), "(exactly 30 minutes is not longer)"
    ),
    "ChronicRule.at_least": Sample(
        chronic(outages=3, at_least="30m", within="30d"),
        "of at least 30 minutes within 30 days (that much itself is",
    ),
    "ChronicRule.within": Sample(
        chronic(outages=3, within="30d"), "An outage that began exactly that long before"
    ),
    "ChronicRule.of": Sample(chronic(failed_periods=2, of=6), "2 failed periods of the last 6: periods"),
    "Periods.periods": Sample(
        terms(claim={"submit_within": {"periods": 2}}), "before the end of the 2 periods after it"
    ),
    "Claim.ticket_within": Sample(
        terms(claim={"ticket_within": "72h"}), "opened within 72 hours of its measured start"
    ),
    "Claim.submit_within": Sample(
        terms(claim={"submit_within": "5bd"}), "made within 5 business days after the last day"
    ),
    "Claim.from": Sample(
        terms(claim={"submit_within": "30d", "from": "restoration"}), "after the day on which it was restored"
    ),
    "Claim.automatic": Sample(terms(claim={"automatic": True}), "The carrier pays without a claim"),
}


def said(given: Terms) -> str:
    """Everything that is said of a contract's versions, a sentence a line."""
    contract = Contract.model_validate(given)
    left_open = undecided(contract)
    parts = [*([left_open] if left_open else []), *(part for one in told(contract) for part in one.parts)]
    return "\n".join(text for part in parts for one in part.lines for text in (one.text, *one.items))


def places(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where the maps of plain terms stand."""
    if isinstance(value, Mapping):
        yield at
    entries = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, one in entries:
        yield from places(one, (*at, key))
