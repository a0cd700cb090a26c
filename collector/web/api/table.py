"""Every endpoint of the API. Requests are held against this table, and OpenAPI is made of it."""

from __future__ import annotations

from collector.claiming.moves import STATES
from collector.notebook.bodies import KINDS
from collector.web.api import cycle_schemas as c
from collector.web.api import schemas as s
from collector.web.api.endpoint import Endpoint, Parameter
from collector.web.api.kinds import INSTANT, PERIOD, REPORTED, WORD, choice, whole
from collector.web.api.kpi_schemas import KPI, KPI_YEAR
from collector.web.api.paging import PAGING
from collector.web.api.review_schema import REVIEW

FORMS = ("html", "pdf", "csv", "json")

PERIODS = "2026-10, 2026-Q3, 2026, a day, FROM..TO or current"
IN_PATH = Parameter("circuit", WORD, "a circuit's id", "lon-acme")
CIRCUIT = Parameter("circuit", WORD, "only this circuit", "lon-acme")
CARRIER = Parameter("carrier", WORD, "only this carrier", "acme")
SITE = Parameter("site", WORD, "only this site", "lon-01")
SERVICE = Parameter("service", WORD, "only this service", "dia")
WHEN = Parameter("period", PERIOD, PERIODS, "2026-10", "current")
FROM = Parameter("from", INSTANT, "the beginning; left out: 24 hours before the end", "2026-10-03T00:00:00Z")
FROM_MONTH = Parameter(
    "from", INSTANT, "the beginning; left out: 31 days before the end", "2026-10-03T00:00:00Z"
)
TO = Parameter("to", INSTANT, "the end, outside; left out: now", "2026-10-04T00:00:00Z")
PROBE = Parameter("probe", WORD, "of this probe; left out: of the one that judges", "pe")

ENDPOINTS = (
    Endpoint("/status", "How everything is at this moment.", s.STATUS_NOW, "now:status", live=True),
    Endpoint(
        "/circuits",
        "The configured circuits by id, with how they are.",
        s.page(s.CIRCUIT),
        "now:circuits",
        (
            *(CARRIER, SITE, SERVICE),
            Parameter("status", choice("up", "down", "unknown"), "only with this status", "down"),
            *PAGING,
        ),
        live=True,
    ),
    Endpoint(
        "/circuits/{circuit}",
        "One circuit with its probes.",
        s.ONE_CIRCUIT,
        "now:circuit",
        in_path=(IN_PATH,),
        live=True,
        statuses=(404,),
    ),
    Endpoint(
        "/circuits/{circuit}/series",
        "A curve in about so many points; null where nothing was measured.",
        s.SERIES,
        "history:series",
        (
            Parameter(
                "metric",
                choice("rtt", "loss", "jitter", "availability", "utilisation"),
                "what",
                "rtt",
                "rtt",
            ),
            *(FROM, TO),
            Parameter("points", whole(50, 2000), "about how many", "800", "800"),
            PROBE,
        ),
        in_path=(IN_PATH,),
        statuses=(404,),
    ),
    Endpoint(
        "/circuits/{circuit}/rounds",
        "Raw rounds, every packet's RTT.",
        s.page(s.ROUND),
        "history:rounds",
        (FROM, TO, *PAGING),
        in_path=(IN_PATH,),
        statuses=(404,),
    ),
    Endpoint(
        "/outages",
        "Outages that touch a period.",
        s.page(s.OUTAGE),
        "history:outages",
        (WHEN, CIRCUIT, CARRIER, SITE, *PAGING),
    ),
    Endpoint(
        "/anomalies",
        "What the nightly analysis found in [from, to): shifts and excursions, each in a sentence.",
        s.page(s.ANOMALY),
        "found:anomalies",
        (FROM_MONTH, TO, CIRCUIT, *PAGING),
    ),
    Endpoint(
        "/sla",
        "Statements, as `linkledger sla --json` prints them.",
        s.many(s.STATEMENT),
        "judged:sla",
        (WHEN, CIRCUIT, CARRIER),
        statuses=(304,),
    ),
    Endpoint(
        "/carriers",
        "Scorecards by service and rank: figures beside the peers' median, score, tier, money.",
        s.page(s.CARD),
        "judged:carriers",
        (WHEN, SERVICE, CARRIER),
        statuses=(304,),
    ),
    Endpoint(
        "/claims",
        "Claims, by the end of their period.",
        s.page(s.CLAIM),
        "judged:claims",
        (
            *(CARRIER, CIRCUIT),
            Parameter("period", PERIOD, "only of this period, by its label", "2026-10"),
            Parameter("state", choice(*STATES), "only in this state", "eligible"),
            *PAGING,
        ),
    ),
    Endpoint(
        "/recommendations",
        "What is to be done, the most urgent first; with `from` what arose since then, or until `to`.",
        s.RECOMMENDED,
        "todo:recommended",
        (
            CARRIER,
            Parameter("from", INSTANT, "the beginning; left out: what is open now", "2026-07-01T00:00:00Z"),
            Parameter("to", INSTANT, "the end, outside; left out: now", "2026-10-01T00:00:00Z"),
            *PAGING,
        ),
    ),
    Endpoint(
        "/kpis",
        "Key figures now, over all of their circuits and of each.",
        s.page(KPI),
        "kpis:kpis",
        (Parameter("kpi", WORD, "only this one, by its key", "availability"),),
    ),
    Endpoint(
        "/kpis/years/{year}",
        "What each key figure told in a year, month by month.",
        s.page(KPI_YEAR),
        "kpis:kpi_years",
        in_path=(Parameter("year", whole(1970, 9998), "a year", "2025"),),
        statuses=(404,),
    ),
    Endpoint(
        "/goals",
        "What is to be reached, how far it is by the figures, and each change with its reason.",
        s.page(c.GOAL),
        "cycle:goals",
        (CARRIER, Parameter("state", choice(*c.STANDINGS), "only those that stand so", "overdue"), *PAGING),
    ),
    Endpoint(
        "/actions",
        "What is being done, and once it is done whether its metric moved by more than noise.",
        s.page(c.ACTION),
        "cycle:actions",
        (CARRIER, Parameter("state", choice(*c.ACTION_STATES), "only these", "overdue"), *PAGING),
    ),
    Endpoint(
        "/terms",
        "Contract terms: until when notice must be given, beside this year's figures and the price.",
        s.page(c.TERM),
        "cycle:terms",
        (CARRIER, *PAGING),
    ),
    Endpoint(
        "/forecasts",
        "When budgets of downtime end and levels are reached at the present pace, and the credits ahead.",
        s.FORECASTS,
        "ahead:forecasts",
        (CIRCUIT, CARRIER),
    ),
    Endpoint(
        "/notes",
        "What people wrote down, in that order.",
        s.page(s.NOTE),
        "noted:notes",
        (Parameter("kind", choice(*KINDS), "only of this kind", "ticket"), CIRCUIT, *PAGING),
    ),
    Endpoint(
        "/notes",
        "Write a note; a repeat of an `external_id` of its kind writes nothing and answers 200.",
        s.NOTE,
        method="post",
        statuses=(201, 403, 413, 415, 422),
        body=s.NEW_NOTE,
    ),
    Endpoint(
        "/events",
        "Server-sent events: `circuits` (those that changed, all of them first), `figures` (likewise), "
        "`rounds` (the last one's RTT and loss), `lines` (24 hours as SVG paths), `gone` (ids).",
        s.TEXT,
        content_types=("text/event-stream",),
    ),
    *(
        Endpoint(
            f"/reports/{{period}}.{form}",
            f"The period's report as {form.upper()}.",
            {} if form == "json" else s.TEXT,
            parameters=(CARRIER, SITE),
            in_path=(Parameter("period", REPORTED, f"{PERIODS}, or a week such as 2026-W40", "2026-10"),),
            content_types=(kind,),
            statuses=(304, 501),
        )
        for form, kind in zip(
            FORMS, ("text/html", "application/pdf", "text/csv", "application/json"), strict=True
        )
    ),
    Endpoint(
        "/review",
        "The pack of a review, as `linkledger review --json` prints it; with a carrier what it may see.",
        REVIEW,
        parameters=(
            Parameter("period", REPORTED, f"{PERIODS}, or a week such as 2026-W40", "2026-10", "current"),
            CARRIER,
        ),
        statuses=(501,),
    ),
    Endpoint("/openapi.json", "This table as OpenAPI 3.1.", s.ANYTHING),
)
"""In the order in which they are documented."""
