"""Random contracts and histories: small, and as awkward as they come, around a period's edges."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.collector.sla.oracle.clocks import days_between, moment, period_of, spelled

Json = dict[str, Any]
FAR_HOURS = True
"""Whether service hours are tried with clocks that tickets carry past what is known (not yet)."""
MEASURED = {"start": "measured", "end": "restored"}
S, M, H, D = 1000, 60_000, 3_600_000, 86_400_000
MONTHS = ["2026-03", "2026-04", "2026-09", "2026-10", "2026-11", "2028-02", "2026-12"]
ZONES = [
    "UTC",
    "America/New_York",
    "Europe/London",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Pacific/Auckland",
]
LENGTHS = [
    S,
    29 * S,
    30 * S,
    59 * S,
    M,
    61 * S,
    90 * S,
    2 * M,
    5 * M,
    47 * M,
    H,
    61 * M,
    4 * H,
    26 * H,
    3 * D,
]
SHIFTS = [0, 0, 1, -1, S, -S, 30 * S, -30 * S, M, -M, 90 * S, H, -H, 3 * H, -3 * H, D, -D, 40 * H]


def maybe(chance: SearchStrategy[Any], key: str) -> SearchStrategy[Json]:
    """A key that may be left out."""
    return st.one_of(st.just({}), chance.map(lambda value: {key: value}))


def mixed(*parts: SearchStrategy[Json]) -> SearchStrategy[Json]:
    """Their union."""
    return st.tuples(*parts).map(lambda ones: {key: value for one in ones for key, value in one.items()})


LOSS = st.sampled_from(
    [{"loss_above": "50%"}, {"loss_at_least": "50%"}, {"loss_at_least": "100%"}, {"loss_above": "1%"}]
)
SIMPLE = mixed(
    LOSS,
    maybe(st.sampled_from(["0s", "60s", "61s", "2m", "5m"]), "for"),
    maybe(st.sampled_from(["0s", "60s", "90s", "3m"]), "clear"),
)
SLIDING = mixed(LOSS, st.sampled_from([{"over": "1m"}, {"over": "5m"}, {"over": "95s"}]))
DENSE = mixed(LOSS, st.sampled_from([{"seconds": 60, "within": "5m"}, {"seconds": 90, "within": "95s"}]))


def rules(every: int) -> SearchStrategy[Json]:
    """A rule of any kind for rounds that last so many seconds."""
    mef = mixed(LOSS, st.sampled_from([1, 2, 3]).map(lambda n: {"interval": f"{every}s", "consecutive": n}))
    one = st.one_of(SIMPLE, mef, SLIDING, DENSE)
    return st.one_of(
        SIMPLE, mef, SLIDING, DENSE, st.lists(one, min_size=1, max_size=2).map(lambda n: {"any": n})
    )


STARTS = [
    "measured",
    "reported",
    "ticket",
    {"later_of": ["measured", "ticket"]},
    {"later_of": ["measured", "reported"]},
]
ENDS = ["restored", "ticket_closed", {"earlier_of": ["restored", "ticket_closed"]}]
CLOCK = mixed(
    st.sampled_from(STARTS).map(lambda one: {"start": one}),
    st.sampled_from(ENDS).map(lambda one: {"end": one}),
    maybe(st.just(["customer_wait"]), "pause"),
)
MINIMUM = st.one_of(
    st.sampled_from([{"allowance": "1m"}, {"allowance": "60m"}, {"allowance": "target"}]),
    mixed(
        st.sampled_from(
            [{"at_least": "60s"}, {"longer_than": "60s"}, {"at_least": "1h"}, {"longer_than": "2m"}]
        ),
        maybe(st.sampled_from(["threshold", "deductible"]), "mode"),
    ),
)
ROUND = mixed(
    st.sampled_from([{"to": "1m"}, {"to": "5m"}, {"to": "15m"}, {"to": "1h"}, {"to": "30s"}]),
    st.sampled_from(["up", "down", "nearest", "touched", "inside"]).map(lambda one: {"mode": one}),
    maybe(st.sampled_from(["outage", "day", "period"]), "each"),
)
EXCLUSION = st.one_of(
    st.just("counts"),
    mixed(
        maybe(st.sampled_from(["numerator", "both", "window"]), "effect"),
        maybe(st.sampled_from(["48h", "2bd", "0h"]), "notice"),
        maybe(st.sampled_from([["Sun 00:00-06:00"], ["Sat 22:00-24:00", "Tue 00:00-12:00"]]), "windows"),
        maybe(st.sampled_from(["1h/year", "90m/year"]), "allowance"),
    ),
)
EXCLUDE = mixed(*(maybe(EXCLUSION, kind) for kind in ("maintenance", "emergency_maintenance", "customer")))
GIVES = st.sampled_from(["10%", "1 day", "2 hours", "50.00"])
WHEN = maybe(st.sampled_from(["breached", "always"]), "when")
LOW_BANDS = [
    [
        {"below": "99.99%", "gives": "5%"},
        {"below": "99.5%", "gives": "10%"},
        {"below": "99%", "gives": "25%"},
    ],
    [{"from": "99.5%", "to": "99.99%", "gives": "5%"}, {"from": "0%", "to": "99.5%", "gives": "2 days"}],
]
TIME_BANDS = [
    [{"from": "1m", "gives": "5%"}, {"from": "1d", "gives": "15%"}],
    [{"above": "2m", "gives": "5%"}, {"above": "4h", "gives": "1 day"}],
]
PER = mixed(
    st.sampled_from(["1h", "1m", "30m"]).map(lambda one: {"per": one}),
    GIVES.map(lambda one: {"gives": one}),
    st.sampled_from(["whole", "fraction", "proportional"]).map(lambda one: {"partial": one}),
    st.one_of(
        st.sampled_from([{"each": "period"}, {"each": "outage"}, {"each": "day"}]),
        st.sampled_from([{"each": "day", "max_a_day": 2}, {"each": "day", "max_a_day": 1}]),
    ),
)
ANY_CREDIT = st.one_of(
    PER,
    GIVES.map(lambda one: {"flat": one}),
    GIVES.map(lambda one: {"per_step": "0.1%", "gives": one}),
    st.just({"over": "excess", "bands": [{"from": "0.01%", "gives": "5%"}, {"from": "1%", "gives": "50%"}]}),
)
DOWN_CREDIT = st.one_of(
    ANY_CREDIT,
    st.sampled_from(LOW_BANDS).map(lambda one: {"bands": one}),
    st.sampled_from(TIME_BANDS).map(lambda one: {"over": "downtime", "bands": one}),
    st.sampled_from(TIME_BANDS).map(lambda one: {"over": "each_outage", "bands": one}),
    GIVES.map(lambda one: {"each_day": True, "gives": one}),
    GIVES.map(lambda one: {"flat": one, "each": "ticket"}),
    st.sampled_from([1, 2, "1.5"]).map(lambda one: {"proportional": True, "times": one}),
)
CREDIT = mixed(DOWN_CREDIT, WHEN, maybe(st.sampled_from(["month", "period"]), "base"))
AVAILABILITY = mixed(
    st.sampled_from(["99.9%", "99.99%", "99%", "100%"]).map(lambda one: {"target": f">= {one}"}),
    maybe(CREDIT, "credit"),
)
FLAT = maybe(GIVES.map(lambda one: {"flat": one}), "credit")
REPAIR = mixed(st.sampled_from(["1h", "4h", "1m"]).map(lambda one: {"each": f"<= {one}"}), FLAT)
MTTR = mixed(st.sampled_from(["1h", "47m", "1m"]).map(lambda one: {"target": f"<= {one}"}), FLAT)
WHILE = maybe(st.sampled_from(["always", "available"]), "while")
PLACES = maybe(st.sampled_from([0, 1, 2]).map(lambda one: {"places": one, "mode": "half_up"}), "round")
LOST = st.sampled_from(["ignore", "infinite", {"as": "2000ms"}]).map(lambda one: {"lost": one})
RTT = mixed(
    WHILE,
    PLACES,
    FLAT,
    LOST,
    st.one_of(
        st.tuples(
            st.sampled_from(["mean", "max", "p50", "p95", "p99.9"]),
            st.sampled_from(["samples", {"means_of": "5m"}, {"means_of": "1m"}]),
            st.sampled_from(["<= 45ms", "<= 40ms", "< 40ms"]),
        ).map(lambda one: {"stat": one[0], "of": one[1], "target": one[2]}),
        st.just({"stat": {"share_above": "40ms"}, "of": "samples", "target": "<= 10%"}),
    ),
)
LOSS_OBJECTIVE = mixed(
    WHILE,
    PLACES,
    st.sampled_from([{"target": "<= 0.1%"}, {"target": "<= 25%"}]),
    st.one_of(
        FLAT,
        st.just({"credit": {"bands": [{"above": "0.1%", "gives": "5%"}, {"above": "25%", "gives": "10%"}]}}),
        st.just({"credit": {"per_step": "10%", "gives": "3%"}}),
    ),
)
JITTER = mixed(
    WHILE,
    PLACES,
    FLAT,
    st.sampled_from(["ipdv_mean", {"pdv": "p95"}, "rfc3550", "stddev", "range"]).map(
        lambda one: {"definition": one}
    ),
    st.just({"target": "<= 2ms"}),
)
CLAIM = mixed(
    maybe(st.sampled_from(["2h", "72h", "1bd", "0h"]), "ticket_within"),
    maybe(st.sampled_from(["30d", "5bd", "1d"]), "submit_within"),
)
CAPS = mixed(
    maybe(st.sampled_from(["100%", "10%", "75.00"]), "month"),
    maybe(st.sampled_from(["10%", "60.00"]), "event"),
    maybe(st.sampled_from(["5%", "60.00"]), "day"),
)
CHRONIC = mixed(
    st.lists(
        st.one_of(
            mixed(
                st.sampled_from([{"outages": 1}, {"outages": 2}, {"outages": 3}]),
                st.sampled_from([{}, {"longer_than": "1m"}, {"at_least": "1m"}]),
                st.sampled_from(["1d", "30d", "2m", "period"]).map(lambda one: {"within": one}),
            ),
            mixed(
                st.sampled_from(["1m", "2h"]).map(lambda one: {"downtime": one}),
                st.sampled_from(["1d", "30d", "period"]).map(lambda one: {"within": one}),
            ),
        ),
        min_size=1,
        max_size=2,
    ).flatmap(lambda ones: st.sampled_from([{"any": ones}, {"all": ones}])),
    maybe(st.sampled_from(["half_open", "closed"]), "window"),
)
PERIODS = [
    "calendar_month",
    "calendar_month",
    "calendar_quarter",
    {"billing_month": 15},
    {"billing_month": 31},
    {"trailing": "30d"},
]


@st.composite
def contracts(draw: DrawFn, every: int | None) -> Json:
    """A contract; `every` is the length of the history's rounds where they decide status."""
    objectives = draw(
        mixed(
            AVAILABILITY.map(lambda one: {"availability": one}),
            maybe(REPAIR, "time_to_repair"),
            maybe(MTTR, "mttr"),
            *(
                []
                if every is None
                else [maybe(RTT, "rtt"), maybe(LOSS_OBJECTIVE, "loss"), maybe(JITTER, "jitter")]
            ),
        )
    )
    outage = mixed(
        (rules(every) if every else st.just({"loss_above": "50%"})).map(lambda one: {"down": one}),
        CLOCK.map(lambda one: {"clock": one}),
        st.sampled_from(["split", "split", "start", "restoration"]).map(lambda one: {"across_periods": one}),
        maybe(st.sampled_from(["1s", "60s", "61s", "5m"]), "merge_within"),
        maybe(MINIMUM, "minimum"),
        maybe(ROUND, "round"),
    )
    names = list(objectives)
    period = draw(st.sampled_from(PERIODS))
    if "trailing" in period:
        objectives["availability"].get("credit", {}).pop("base", None)
    groups = {"groups": [names[:1], names[1:]]} if len(names) > 1 else "sum"
    shared = [{"objectives": names[:2], "month": "15%"}]
    return {
        "carrier": "acme",
        "effective": "2020-01-01",
        "timezone": draw(st.sampled_from(ZONES)),
        "currency": "USD",
        "period": period,
        "denominator": draw(st.sampled_from(["elapsed", "elapsed", "nominal", {"fixed": "720h"}])),
        "outage": draw(outage),
        "unknown": draw(
            mixed(
                st.sampled_from(["exclude", "up", "down", "carry"]).map(lambda one: {"policy": one}),
                maybe(st.sampled_from(["99%", "99.99%", "0%"]), "coverage"),
            )
        ),
        "objectives": objectives,
        "day_rate": draw(st.sampled_from(["1/30", "1/days_in_month", "12/365"])),
        "combine": draw(st.sampled_from(["sum", "max", groups])),
        **draw(
            mixed(
                maybe(EXCLUDE, "exclude"),
                maybe(CLAIM, "claim"),
                maybe(CHRONIC, "chronic"),
                maybe(mixed(CAPS, maybe(st.just(shared), "shared")), "caps"),
                maybe(st.sampled_from([{"more_than": "1.00"}, {"at_least": "300.00"}]), "minimum_payout"),
                maybe(st.just({"Mon-Fri": "07:00-19:00"}), "hours"),
                maybe(st.sampled_from([["2026-04-01", "2026-12-25", "2026-04-30"]]), "holidays"),
                maybe(st.sampled_from([{"by": "customer"}, {"by": "carrier"}]), "measured"),
            )
        ),
    }


@st.composite
def moments(draw: DrawFn, anchors: list[int]) -> int:
    """A moment at or near an edge."""
    return draw(st.sampled_from(anchors)) + draw(st.sampled_from(SHIFTS))


@st.composite
def spans(draw: DrawFn, anchors: list[int]) -> Json:
    """A span near an edge."""
    begin = draw(moments(anchors))
    return {"from": spelled(begin), "to": spelled(begin + draw(st.sampled_from(LENGTHS)))}


@st.composite
def intervals(draw: DrawFn, anchors: list[int]) -> list[Json]:
    """A few stretches one after the other, apart or touching."""
    at, found = draw(moments(anchors)), []
    for _ in range(draw(st.integers(0, 4))):
        end = at + draw(st.sampled_from(LENGTHS))
        status = draw(st.sampled_from(["down", "down", "down", "unknown"]))
        found.append({"from": spelled(at), "to": spelled(end), "status": status})
        at = end + draw(st.sampled_from([0, 0, 1, S, 59 * S, M, 61 * S, 5 * M, H, D, 3 * D]))
    return found


@st.composite
def rounds(draw: DrawFn, anchors: list[int], every: int) -> list[Json]:
    """A few dozen rounds of up to four packets."""
    at = draw(moments(anchors)) - draw(st.integers(0, 6)) * every * S
    found = []
    for _ in range(draw(st.integers(0, 12))):
        sent = draw(st.sampled_from([0, 1, 2, 4, 4]))
        lost = draw(st.sampled_from([0, 0, sent, sent // 2]))
        delays = [draw(st.sampled_from(["40.0", "40.5", "45", "20"])) for _ in range(sent - lost)]
        order = draw(st.permutations([*delays, *[None] * lost]))
        repeat = draw(st.sampled_from([1, 1, 1, 2, 5]))
        found.append(
            {
                "at": spelled(at),
                "every": every,
                "sent": sent,
                "received": sent - lost,
                "rtt_ms": order,
                "repeat": repeat,
            }
        )
        at += every * S * repeat + draw(st.sampled_from([0, 0, 0, 0, every * S, 7 * S, H]))
    return found


@st.composite
def tickets(draw: DrawFn, anchors: list[int]) -> list[Json]:
    """Up to three tickets."""
    found = []
    for number in range(draw(st.integers(0, 3))):
        opened = draw(moments(anchors))
        one = {"id": f"T{number}", "opened": spelled(opened)}
        closed = st.sampled_from([spelled(opened + length) for length in LENGTHS])
        one |= draw(maybe(closed, "closed"))
        one |= draw(maybe(moments(anchors).map(spelled), "reported"))
        one |= draw(maybe(st.sampled_from(anchors).map(spelled), "outage"))
        hold = mixed(
            spans(anchors), st.sampled_from(["customer_wait", "weather"]).map(lambda n: {"reason": n})
        )
        found.append(one | draw(maybe(st.lists(hold, min_size=1, max_size=2), "holds")))
    return found


@st.composite
def cases(draw: DrawFn) -> tuple[Json, Json, str]:
    """(contract, history, period)."""
    every = draw(st.sampled_from([None, None, 30, 60]))
    contract = draw(contracts(every))
    label = draw(st.sampled_from(MONTHS))
    if contract["period"] == "calendar_quarter":
        label = draw(st.sampled_from(["2026-01", "2026-04", "2026-10"]))
    zone = ZoneInfo(contract["timezone"])
    if not FAR_HOURS and contract["outage"]["clock"] != MEASURED:
        contract.pop("hours", None)
    period = period_of(contract["period"], label, zone)
    changes = [day for _, day in days_between(period, zone) if day[1] - day[0] != D]
    anchors = [*period, *(edge for day in changes for edge in (day[0], day[0] + 2 * H)), period[0] + 12 * D]
    circuit = {
        "id": "X-1",
        "monthly_charge": draw(st.sampled_from(["3000.00", "1234.56"])),
        "timezone": "UTC",
    }
    circuit |= draw(maybe(st.just({"from": spelled(period[0] + 9 * D)[:10]}), "active"))
    history: Json = {"circuit": circuit}
    if every is None:
        history["intervals"] = draw(intervals(anchors))
        starts = [one["from"] for one in history["intervals"]]
        anchors = anchors + [moment(text) for text in starts] * 2
        anchors += [moment(one["to"]) for one in history["intervals"]]
    else:
        history["rounds"] = draw(rounds(anchors, every))
        anchors = anchors + [moment(one["at"]) for one in history["rounds"]]
    if draw(st.booleans()):
        history["tickets"] = draw(tickets(anchors))
    if draw(st.booleans()):
        note = mixed(
            spans(anchors),
            maybe(st.sampled_from(["claimed", "accepted", "disputed"]), "state"),
            maybe(moments(anchors).map(lambda at: spelled(at - 2 * D)), "announced"),
        )
        kinds = st.sampled_from(["scheduled", "scheduled", "emergency"]).map(lambda one: {"kind": one})
        history["maintenance"] = draw(st.lists(mixed(note, kinds), max_size=3))
        history["exclusions"] = draw(st.lists(mixed(note, st.just({"kind": "customer"})), max_size=2))
    later = st.sampled_from([0, D, 29 * D, 30 * D, 31 * D])
    return contract, history | draw(maybe(later.map(lambda n: spelled(period[1] + n)), "now")), label
