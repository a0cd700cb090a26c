"""Alertmanager's side: who is told, what goes together, and what one cause silences. Pure."""

from __future__ import annotations

from typing import Any

from collector.rules.facts import Facts

RECEIVERS = {
    "operations": "whatever nobody must get up for",
    "on-call": "circuits and sites that are down, hosts that don't measure",
    "contracts": "breaches, objectives at risk, claims that lapse",
    "tickets": "outages that cost money until a ticket is recorded",
}
"""Who is told, and of what. They are empty: only a person knows where theirs are."""
CONTRACTS = (
    *("LinkledgerSlaBreach", "LinkledgerClaimDeadlineNear", "LinkledgerObjectiveAtRisk"),
    "LinkledgerContractNotice",
)
TICKETS = "LinkledgerOutageWithoutTicket"
OF_HOSTS = (
    *("LinkledgerDown", "LinkledgerClockUnsynchronised", "LinkledgerSchedulerLate", "LinkledgerSlotsSkipped"),
    *("LinkledgerReloadFailed", "LinkledgerOutputLag", "LinkledgerOutputFailing", "LinkledgerOutputRejects"),
    *("LinkledgerOutputGap", "LinkledgerLedgerFull", "LinkledgerDiskNearFull", "LinkledgerAnalysisStale"),
)
"""Those that are of a host, not of a circuit: their label is `instance`."""


def document(facts: Facts) -> dict[str, Any]:
    """Alertmanager's configuration as plain values."""
    return {
        "templates": ["linkledger.tmpl"],
        "route": _route(facts),
        "receivers": [{"name": name} for name in RECEIVERS],
        "inhibit_rules": list(_inhibitions()),
    }


def _route(facts: Facts) -> dict[str, Any]:
    """Money goes to those who claim, what is down to those who are awake, the rest to everybody's desk."""
    carriers = [{"matchers": [f'carrier = "{one}"']} for one in facts.carriers]
    sites = [{"matchers": [f'site = "{one}"']} for one in facts.sites]
    return {
        "receiver": "operations",
        "group_by": ["site", "alertname"],
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "12h",
        "routes": [
            {
                "matchers": [f'alertname = "{TICKETS}"'],
                "receiver": "tickets",
                "group_by": ["site", "carrier", "alertname"],
                "repeat_interval": "1h",
                **({"routes": carriers} if carriers else {}),
            },
            {
                "matchers": [f'alertname =~ "{"|".join(CONTRACTS)}"'],
                "receiver": "contracts",
                "group_by": ["carrier", "alertname"],
                "repeat_interval": "24h",
                **({"routes": carriers} if carriers else {}),
            },
            {
                "matchers": [f'alertname =~ "{"|".join(OF_HOSTS)}"', 'severity = "critical"'],
                "receiver": "on-call",
                "group_by": ["instance", "alertname"],
                "repeat_interval": "4h",
            },
            {
                "matchers": [f'alertname =~ "{"|".join(OF_HOSTS)}"'],
                "group_by": ["instance", "alertname"],
            },
            {
                "matchers": ['severity = "critical"'],
                "receiver": "on-call",
                "repeat_interval": "4h",
                **({"routes": sites} if sites else {}),
            },
        ],
    }


def _inhibitions() -> list[dict[str, Any]]:
    """One cause, one notice."""
    return [
        _silences(["LinkledgerSiteDown"], ["LinkledgerCircuitDown", "LinkledgerObjectiveAtRisk"], "site"),
        _silences(
            ["LinkledgerCircuitDown"],
            ["LinkledgerObjectiveAtRisk", "LinkledgerCircuitUnknown", "LinkledgerInterfaceUtilisationHigh"],
            *("site", "circuit"),
        ),
        _silences(["LinkledgerCircuitUnknown"], ["LinkledgerRoundsStale"], "site", "circuit"),
        _silences(["LinkledgerSlaBreach"], ["LinkledgerObjectiveAtRisk"], "site", "circuit", "objective"),
        _silences(["LinkledgerDown"], ["LinkledgerNoData"], "site"),
        {
            "source_matchers": ['alertname = "LinkledgerNoData"'],
            "target_matchers": [
                'alertname =~ "Linkledger.+"',
                'alertname !~ "LinkledgerNoData|LinkledgerDown"',
            ],
            "equal": ["site"],
        },
        {
            "source_matchers": ['alertname = "LinkledgerDown"'],
            "target_matchers": [f'alertname =~ "{"|".join(OF_HOSTS[1:])}"'],
            "equal": ["instance"],
        },
        _sharper("LinkledgerCertificateEnds", "site", "circuit", "probe"),
        _sharper("LinkledgerClaimDeadlineNear", "site", "circuit", "contract", "period", "deadline"),
    ]


def _silences(sources: list[str], targets: list[str], *equal: str) -> dict[str, Any]:
    return {
        "source_matchers": [f'alertname =~ "{"|".join(sources)}"'],
        "target_matchers": [f'alertname =~ "{"|".join(targets)}"'],
        "equal": list(equal),
    }


def _sharper(name: str, *equal: str) -> dict[str, Any]:
    """The critical one silences the warning of the same thing."""
    return {
        "source_matchers": [f'alertname = "{name}"', 'severity = "critical"'],
        "target_matchers": [f'alertname = "{name}"', 'severity = "warning"'],
        "equal": list(equal),
    }
