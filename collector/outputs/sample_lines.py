"""What a probe found beside its round, as line protocol. Pure.

Each measurement has its tags frozen from the first day (InfluxDB 3 demands it): the six of the series
everywhere, and one or two more where a probe may give the same figure of several things. NaN, infinity
and text are never sent: VictoriaMetrics stores any string as 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from collector.outputs.line_text import float_text, line, tags_text
from probes.model import Sample


class Field(NamedTuple):
    """Where a sample's value stands; a whole one is an integer there, every other a float."""

    measurement: str
    name: str
    whole: bool = False


INTERFACE = "linkledger_interface"
SNMP = "linkledger_snmp"

FIELDS: Final[Mapping[str, Field]] = {
    "tls_days_left": Field("linkledger_tls", "days_left"),
    "tls_verified": Field("linkledger_tls", "verified", whole=True),
    "http_dns_seconds": Field("linkledger_http", "dns_seconds"),
    "http_connect_seconds": Field("linkledger_http", "connect_seconds"),
    "http_tls_seconds": Field("linkledger_http", "tls_seconds"),
    "http_first_byte_seconds": Field("linkledger_http", "first_byte_seconds"),
    "http_total_seconds": Field("linkledger_http", "total_seconds"),
    "http_status": Field("linkledger_http", "status", whole=True),
    "http_body_bytes": Field("linkledger_http", "body_bytes", whole=True),
    "http_redirects": Field("linkledger_http", "redirects", whole=True),
    "dns_rcode": Field("linkledger_dns", "rcode", whole=True),
    "dns_answers": Field("linkledger_dns", "answers", whole=True),
    "dns_ttl_seconds": Field("linkledger_dns", "ttl_seconds", whole=True),
    "if_receive_bytes_total": Field(INTERFACE, "receive_bytes_total", whole=True),
    "if_transmit_bytes_total": Field(INTERFACE, "transmit_bytes_total", whole=True),
    "if_receive_errors_total": Field(INTERFACE, "receive_errors_total", whole=True),
    "if_transmit_errors_total": Field(INTERFACE, "transmit_errors_total", whole=True),
    "if_receive_discards_total": Field(INTERFACE, "receive_discards_total", whole=True),
    "if_transmit_discards_total": Field(INTERFACE, "transmit_discards_total", whole=True),
    "if_receive_utilisation_ratio": Field(INTERFACE, "receive_utilisation_ratio"),
    "if_transmit_utilisation_ratio": Field(INTERFACE, "transmit_utilisation_ratio"),
    "if_speed_bytes_per_second": Field(INTERFACE, "speed_bytes_per_second", whole=True),
    "if_oper_status": Field(INTERFACE, "oper_status", whole=True),
    "if_admin_status": Field(INTERFACE, "admin_status", whole=True),
    "path_hops": Field("linkledger_path", "hops", whole=True),
}
"""By the sample's name; a name that is neither here nor a custom value's is not sent."""

_TOO_LARGE = 2**63
"""No store takes an integer of that size, which only a device that lies counts to."""
_UPTIME = "gauge:uptime:seconds"
_ALIASES = {"sys_uptime_seconds": _UPTIME}


def sample_lines(samples: Iterable[Sample], tags: str) -> list[bytes]:
    """One line for each measurement, time and set of tags among the samples of one row."""
    found = tuple(samples)
    interface = next((str(one.value) for one in found if one.name == "interface"), "")
    lines: dict[tuple[str, str, int], list[str]] = {}
    for one in found:
        if isinstance(one.value, str) or not math.isfinite(one.value) or abs(one.value) >= _TOO_LARGE:
            continue
        name = _ALIASES.get(one.name, one.name)
        if field := FIELDS.get(name):
            more = tags_text((("interface", interface),)) if field.measurement == INTERFACE else ""
            key, text = (field.measurement, more, one.at_ms), _field(field.name, one.value, field.whole)
        elif custom := _custom(name, one.value):
            key, text = (SNMP, custom[0], one.at_ms), custom[1]
        else:
            continue
        lines.setdefault(key, []).append(text)
    return [line(measurement, tags + more, texts, at) for (measurement, more, at), texts in lines.items()]


def _custom(name: str, value: float) -> tuple[str, str] | None:
    """The tags and the field of `gauge:NAME:UNIT` or `counter:NAME:UNIT`; None for another sample."""
    kind, _, rest = name.partition(":")
    if kind not in ("gauge", "counter") or not rest:
        return None
    what, _, unit = rest.partition(":")
    tags = tags_text((("name", what), ("unit", unit)))
    return tags, _field("total" if kind == "counter" else "value", value, kind == "counter")


def _field(name: str, value: float, whole: bool) -> str:
    return f"{name}={int(value)}i" if whole else f"{name}={float_text(value)}"
