"""A first configuration from SmokePing's: a circuit for each host that it measures. Writes YAML; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path

from pydantic import ValidationError

from config.entries import is_task, timing_problem
from config.smokeping import Host, Note
from config.starter import Found, slug_of, witness_of
from probes import probe_kind
from probes.values import Duration

_LONGEST_STEP_SECONDS = 86_400
_MOST_PACKETS = 1_000
_SMALLEST, _LARGEST = 24, 65_000
Entry = dict[str, str | int]
"""A probe as the file has it; the first key names the kind."""


class Unmapped(Exception):  # noqa: N818 - a fact about a host, in one sentence
    """Why a host has no probe of ours."""


def _seconds(host: Host, key: str, least: int, most: int) -> int:
    try:
        return max(least, min(most, round(float(host.settings[key]))))
    except (ValueError, OverflowError):
        raise Unmapped(f"{key} = {host.settings[key]} is no number") from None


def _spread(host: Host) -> str:
    """The time between two of its pings: where a round of ours is one packet, not `pings` of them."""
    step = _seconds(host, "step", 1, _LONGEST_STEP_SECONDS)
    return str(Duration(1_000 * max(1, step // _seconds(host, "pings", 1, _MOST_PACKETS))))


def _icmp(host: Host) -> Entry:
    found: Entry = {
        "icmp": host.address,
        "every": str(Duration(1_000 * _seconds(host, "step", 1, _LONGEST_STEP_SECONDS))),
        "packets": _seconds(host, "pings", 1, _MOST_PACKETS),
    }
    if "packetsize" in host.settings:
        found["size"] = _seconds(host, "packetsize", _SMALLEST, _LARGEST)
    if re.fullmatch(r"0x[0-9a-fA-F]{1,2}|\d{1,3}", host.settings.get("tos", "")):
        found["dscp"] = min(int(host.settings["tos"], 0), 255) >> 2
    return found


def _tcp(host: Host) -> Entry:
    return {"tcp": f"{_bracketed(host.address)}:{host.settings.get('port', '80')}", "every": _spread(host)}


def _curl(host: Host) -> Entry:
    form = host.settings.get("urlformat", "http://%host%/")
    return {"http": form.replace("%host%", _bracketed(host.address)), "every": _spread(host)}


def _echoping(scheme: str) -> Callable[[Host], Entry]:
    def http(host: Host) -> Entry:
        port = f":{host.settings['port']}" if "port" in host.settings else ""
        path = host.settings.get("url", "/")
        return {"http": f"{scheme}://{_bracketed(host.address)}{port}{path}", "every": _spread(host)}

    return http


def _dns(host: Host) -> Entry:
    found: Entry = {
        "dns": host.settings.get("server", host.address),
        "query": host.settings.get("lookup", host.address),
    }
    if kind := host.settings.get("recordtype"):
        found["type"] = kind.upper()
    return found | {"every": _spread(host)}


MAPPED: Mapping[str, Callable[[Host], Entry]] = {
    "FPing": _icmp,
    "FPing6": _icmp,
    "FPingContinuous": _icmp,
    "TCPPing": _tcp,
    "Curl": _curl,
    "EchoPingHttp": _echoping("http"),
    "EchoPingHttps": _echoping("https"),
    "DNS": _dns,
    "AnotherDNS": _dns,
}
"""SmokePing's probes that one of ours does the work of."""
_WAYS = {"sourceaddress": "source", "interface": "interface"}
"""SmokePing's settings that say which way packets leave, as `via` has them."""


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def entry_of(host: Host) -> Entry:
    """The probe that does for a host what SmokePing's did; raises Unmapped."""
    if host.probe not in MAPPED:
        known = ", ".join(MAPPED)
        raise Unmapped(
            f"no probe of ours does what {host.probe or '(none named)'} does; taken over are {known}"
        )
    found = MAPPED[host.probe](host)
    if wrong := _refusal(*found.items()):
        raise Unmapped(wrong)
    return found


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return ": ".join([*map(str, first["loc"][-1:]), first["msg"].removeprefix("Value error, ")])


def _refusal(target: tuple[str, str | int], *options: tuple[str, str | int]) -> str:
    """Why a probe isn't one, as SmokePing's may ask for what ours refuses; empty when it is."""
    kind, address = target
    try:
        probe_kind(kind).check_address(str(address))
        read = probe_kind(kind).options.model_validate(dict(options), by_alias=True, by_name=False)
    except ValidationError as error:
        return _first(error)
    except ValueError as error:
        return str(error)
    wrong = timing_problem(read, is_task(kind))
    return wrong[1] if wrong else ""


def takeover_text(found: Found, hosts: Iterable[Host], notes: list[Note], ledger: Path) -> str:
    """The configuration; what of `hosts` has no place in it goes to `notes`. Raises ValueError if all."""
    site, circuits = slug_of(found.host), dict[str, str]()
    for host in hosts:
        name = _unused("-".join(host.path), circuits)
        try:
            circuits[name] = "\n".join(_circuit(name, site, host))
        except Unmapped as error:
            notes.append(Note(host.place, f"{'/'.join(host.path)} is left out: {error}"))
    if not circuits:
        raise ValueError("it names no host that a probe of ours could measure")
    witness, why = witness_of(bool(found.gateway))
    return _TEXT.format(
        site=site,
        ledger=ledger,
        zone=found.zone or "UTC",
        witness=witness,
        why=why,
        circuits="\n".join(circuits.values()),
    )


def _via(host: Host) -> dict[str, str]:
    """Which way its packets leave, where SmokePing was told."""
    found = {ours: host.settings[theirs] for theirs, ours in _WAYS.items() if theirs in host.settings}
    if "source" in found:
        try:
            ip_address(found["source"])
        except ValueError:
            raise Unmapped(f"sourceaddress = {found['source']} is no IPv4 or IPv6 address") from None
    return found


def _circuit(name: str, site: str, host: Host) -> Iterator[str]:
    via, entry = _via(host), entry_of(host)
    said = " - ".join(one for one in (host.menu, host.title) if one)
    if said:
        yield f"  # {''.join(one if one.isprintable() else ' ' for one in said)}"
    path = _quoted("/".join(host.path)[:200])
    yield f"  {name}:"
    yield "    carrier: my-carrier"
    yield f"    site: {site}"
    yield f"    labels: {{smokeping: {path}}}"
    if via:
        yield f"    via: {_flow(via)}"
    yield f"    probes: {{main: {_flow(entry)}}}"


def _flow(entry: Mapping[str, str | int]) -> str:
    said = (f"{key}: {one if isinstance(one, int) else _quoted(one)}" for key, one in entry.items())
    return f"{{{', '.join(said)}}}"


def _unused(name: str, taken: Mapping[str, str]) -> str:
    slug = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_") or "host"
    number, found = 1, slug
    while found in taken:
        number += 1
        found = f"{slug}-{number}"
    return found


def _quoted(text: str) -> str:
    """Text that YAML takes for nothing else (its double quotes are JSON's)."""
    return json.dumps(text, ensure_ascii=False)


_TEXT = """\
# Made from SmokePing's Targets. Every key is described in docs/config.md.
# Check it with:   linkledger check
# Then run it with: linkledger run

site: {site}                    # where this host stands

ledger:
  path: {ledger}    # relative to this file

sites:
  {site}:
    timezone: {zone}
    {why}
    reference: {witness}

carriers:
  my-carrier: {{name: My carrier}}        # change it: SmokePing doesn't know who sells a circuit

# One circuit for each host. Where several hosts lie behind the same line, make them the probes of one
# circuit; give each its carrier, and a contract, without which it is measured and not judged.
circuits:
{circuits}
"""
