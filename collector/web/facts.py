"""/metrics: what probes found beside their rounds (certificates, phases, interfaces, values of devices).

Each is there while it is fresh, and absent else: a gauge never keeps a stale good value, and a counter
that nobody reads any more has no value either.
"""

from __future__ import annotations

from collections.abc import Callable

from collector.web.metrics import FactsNow
from collector.web.textformat import Family, Kind, labels, sample

DAY_SECONDS = 86_400
Lines = Callable[[FactsNow], str]

_PHASES = {
    "dns": "http_dns_seconds",
    "connect": "http_connect_seconds",
    "tls": "http_tls_seconds",
    "first_byte": "http_first_byte_seconds",
    "total": "http_total_seconds",
}
_PHASE = Family("linkledger_http_phase_seconds", "gauge", "How long a phase of the last request took.")
_INTERFACE = Family("linkledger_interface_info", "gauge", "The name of the interface that is read.")
_ISSUER = Family("linkledger_tls_info", "gauge", "Who signed the certificate that was shown.")
_VALUE = Family("linkledger_snmp_value", "gauge", "A value of a device, by its name in the configuration.")
_COUNTER = Family("linkledger_snmp_increments_total", "counter", "A device's own counter, by its name.")


def _plain(
    name: str, what: str, from_probe: str, kind: Kind = "gauge", factor: int = 1
) -> tuple[Family, Lines]:
    """The family `name` from the sample that a probe calls `from_probe`."""
    head = Family(f"linkledger_{name}", kind, what)

    def line(found: FactsNow) -> str:
        value = found.samples.get(from_probe)
        return (
            "" if value is None or isinstance(value, str) else sample(head.name, found.labels, value * factor)
        )

    return head, line


def _phases(found: FactsNow) -> str:
    return "".join(
        sample(_PHASE.name, f'{found.labels},phase="{phase}"', value)
        for phase, name in _PHASES.items()
        if not isinstance(value := found.samples.get(name), str)
    )


def _text(head: Family, label: str, from_probe: str) -> tuple[Family, Lines]:
    """An information of 1 whose label carries the text."""

    def line(found: FactsNow) -> str:
        text = found.samples.get(from_probe)
        return (
            sample(head.name, f"{found.labels},{labels(**{label: text})}", 1) if isinstance(text, str) else ""
        )

    return head, line


def _custom(head: Family, kind: str) -> tuple[Family, Lines]:
    """The values that the configuration names: samples `gauge:NAME:UNIT` and `counter:NAME:UNIT`."""

    def lines(found: FactsNow) -> str:
        named = ((name.split(":", 2), value) for name, value in found.samples.items() if ":" in name)
        return "".join(
            sample(head.name, f"{found.labels},{labels(name=parts[1], unit=parts[-1])}", value)
            for parts, value in named
            if parts[0] == kind and len(parts) == 3 and not isinstance(value, str)
        )

    return head, lines


def _interface() -> tuple[tuple[Family, Lines], ...]:
    ways = {"receive": "received", "transmit": "sent"}
    counted = {"bytes": "Bytes {}", "errors": "Packets with errors, {}", "discards": "Packets dropped, {}"}
    return (
        *(
            _plain(
                f"interface_{way}_{what}_total", f"{text.format(done)}.", f"if_{way}_{what}_total", "counter"
            )
            for what, text in counted.items()
            for way, done in ways.items()
        ),
        *(
            _plain(
                f"interface_{way}_utilisation_ratio",
                f"Share of the line rate {done} between the last two polls.",
                f"if_{way}_utilisation_ratio",
            )
            for way, done in ways.items()
        ),
        _plain("interface_speed_bytes_per_second", "The interface's line rate.", "if_speed_bytes_per_second"),
        _plain("interface_oper_status", "1 up, 2 down, as ifOperStatus (RFC 2863).", "if_oper_status"),
        _plain("interface_admin_status", "1 up, 2 down, as ifAdminStatus (RFC 2863).", "if_admin_status"),
        _text(_INTERFACE, "interface", "interface"),
    )


FAMILIES: tuple[tuple[Family, Lines], ...] = (
    _plain(
        "tls_remaining_seconds",
        "How long the certificate that was shown is still valid.",
        "tls_days_left",
        factor=DAY_SECONDS,
    ),
    _plain("tls_verified", "1 when the certificate was good, 0 when not.", "tls_verified"),
    _text(_ISSUER, "issuer", "tls_issuer"),
    (_PHASE, _phases),
    _plain("http_status_code", "The last answer's status.", "http_status"),
    _plain("http_body_bytes", "How much of the last answer's body was read.", "http_body_bytes"),
    _plain("http_redirects", "How many redirects the last request followed.", "http_redirects"),
    _plain("dns_rcode", "The last answer's response code (RFC 6895 2.3).", "dns_rcode"),
    _plain("dns_answer_records", "Records in the last answer.", "dns_answers"),
    _plain("dns_ttl_seconds", "The smallest time to live in the last answer.", "dns_ttl_seconds"),
    *_interface(),
    _plain("snmp_uptime_seconds", "How long the device's agent has been up.", "sys_uptime_seconds"),
    _custom(_VALUE, "gauge"),
    _custom(_COUNTER, "counter"),
    _plain("path_hops", "How many hops the last trace saw.", "path_hops"),
)
"""Each family of metrics, and what it says of one target."""
