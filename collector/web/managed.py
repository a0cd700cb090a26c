"""What /metrics says of what is to be done: notices of contracts, and actions whose day is over."""

from __future__ import annotations

from collections.abc import Iterator

from collector.performance.cycle.noticed import ManagedNow, NoticeNow
from collector.web.textformat import Family, family, labels, sample

NOTICE = Family(
    "linkledger_contract_notice_timestamp_seconds",
    "gauge",
    "Until when notice of a circuit's term must be given: the end of that day at its site; absent without "
    "one, and once it is over.",
)
OVERDUE = Family(
    "linkledger_actions_overdue",
    "gauge",
    "Actions that are neither done nor dropped though their day is over.",
)


def families_managed(managed: ManagedNow, openmetrics: bool, site: str) -> Iterator[bytes]:
    """Their families, in pieces."""
    yield from family(NOTICE, openmetrics, managed.notices, _notice)
    if managed.overdue is not None:
        text = sample(OVERDUE.name, labels(site=site), managed.overdue)
        yield from family(OVERDUE, openmetrics, (text,), str)


def _notice(now: NoticeNow) -> str:
    of = labels(site=now.site, carrier=now.carrier, circuit=now.circuit)
    return sample(NOTICE.name, of, now.at_seconds)
