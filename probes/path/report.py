"""What a trace adds up to: the round of its target, and the hops as JSON. Pure.

The round is that of a ping with the TTL of the last hop: a target that answers is up. Where the way
breaks it holds the packets to the hop behind the last one that answered, all lost.

The sample `path` is one JSON object, without spaces:

    {"protocol": "icmp", "address": "192.0.2.9", "reached": true, "ended": "target", "raw": true, "hops": [
     {"ttl": 1, "sent": 3, "routers": [{"address": "10.0.0.1", "rtts_ms": ["0.4210", null, "0.3990"]}]},
     {"ttl": 2, "sent": 3, "routers": []}]}

- `ended`: `target`, `error` (a router can't deliver), `silence` (so many hops in a row said nothing),
  `max_hops`, or `timeout` (of the whole trace).
- `raw`: with CAP_NET_RAW. Without it there are no MPLS labels, and over UDP a router that quotes
  8 bytes alone is silent.
- A hop where nobody answered has no routers. `rtts_ms` has a place for each packet in sending order,
  null for one that this router did not answer.
- A router may have `error` (traceroute's sign, such as !H, !N or !X) and `mpls`, its label stack, top
  first: [{"label": 16001, "tc": 0, "ttl": 1}].

The sample `path_hops` is how many hops away the target is; a target that didn't answer has none.
"""

from __future__ import annotations

import json
from typing import Any

from probes.failure import IcmpError, of_icmp
from probes.model import Failure, Outcome, Reason, Round, Sample, Slot, Target, Timing
from probes.path.marks import Answer
from probes.path.trace import Ended, Hop, Packet, Trace
from probes.values import Duration

_SIGNS = {
    (4, 3, 0): "!N",
    (4, 3, 1): "!H",
    (4, 3, 2): "!P",
    (4, 3, 4): "!F",
    (4, 3, 5): "!S",
    (4, 3, 13): "!X",
    (6, 1, 0): "!N",
    (6, 1, 1): "!X",
    (6, 1, 2): "!S",
    (6, 1, 3): "!H",
    (6, 2, 0): "!F",
}
"""traceroute(8)'s; any other code is !<code>."""
_PORT_UNREACHABLE = ((4, 3, 3), (6, 1, 4))


def conclude(trace: Trace, target: Target, slot: Slot, protocol: str, *, raw: bool) -> Outcome:
    """The outcome of a trace that is over."""
    failure = explain(trace, target.options.timeout)
    packets = [] if failure and failure.reason is Reason.LOCAL else _judged(trace)
    rtts = tuple(one.rtt if one.answer and trace.by_target(one.answer) else None for one in packets)
    timings = [one.timing for one, rtt in zip(packets, rtts, strict=True) if rtt is not None]
    counted = Round(
        series=target.series,
        at_ms=slot.at_ms,
        every_ms=slot.every_ms,
        epoch=slot.epoch,
        sent=len(packets),
        received=len(timings),
        rtts=rtts,
        reason=failure.reason if failure else Reason.NONE,
        detail=failure.detail if failure else "",
        timing=max(timings, default=Timing.KERNEL),
    )
    told = document(trace, protocol, raw=raw)
    samples: dict[str, int | str] = {"path": json.dumps(told, separators=(",", ":"))}
    if trace.reached and trace.final:
        samples["path_hops"] = trace.final
    return Outcome(
        counted,
        tuple(Sample(target.series, slot.at_ms, slot.epoch, name, value) for name, value in samples.items()),
    )


def explain(trace: Trace, timeout: Duration) -> Failure | None:
    """Where the way breaks; None when the target answered every packet with what was asked for."""
    if trace.own_error:
        return of_icmp(trace.own_error, target=trace.target, own=trace.own_error.offender)
    judged = _judged(trace)
    if trace.final:
        return _of_target(trace, judged) if trace.reached else _of_router(trace, trace.final)
    where = _farthest(trace)
    if not judged:
        return Failure(
            Reason.LOCAL, f"{where} within the trace's timeout of {timeout}: too short to say more"
        )
    if trace.last == trace.plan.max_hops:
        return Failure(Reason.UNREACHABLE, f"not reached in {trace.last} hops{_loop(trace)}")
    asked = trace.hops()[-1].ttl
    until = f", until the timeout of {timeout}" if trace.ended is Ended.TIMEOUT else ""
    return Failure(Reason.TIMEOUT, f"{where}, asked up to hop {asked}{until}{_loop(trace)}")


def document(trace: Trace, protocol: str, *, raw: bool) -> dict[str, Any]:
    """What the module's docstring describes."""
    hops = [
        {
            "ttl": hop.ttl,
            "sent": len(hop.packets),
            "routers": [_router(trace, hop, one) for one in _routers(hop)],
        }
        for hop in trace.hops()
    ]
    return {
        "protocol": protocol,
        "address": trace.target,
        "reached": trace.reached,
        "ended": trace.ended.value,
        "raw": raw,
        "hops": hops,
    }


def sign(error: IcmpError, mtu: int) -> str:
    """Traceroute's sign for what a router says."""
    known = _SIGNS.get((error.version, error.type, error.code), f"!<{error.code}>")
    return f"{known}-{mtu}" if mtu else known


def _router(trace: Trace, hop: Hop, address: str) -> dict[str, Any]:
    mine = [one if one.answer and one.answer.source == address else None for one in hop.packets]
    answers = [one.answer for one in mine if one and one.answer]
    signs = [sign(one.error, one.mtu) for one in answers if one.error and not _is_welcome(trace, one)]
    told: dict[str, Any] = {"address": address, "rtts_ms": [_milliseconds(one) for one in mine]}
    if signs:
        told["error"] = signs[-1]
    if answers[-1].labels:
        told["mpls"] = [
            {"label": one.label, "tc": one.traffic_class, "ttl": one.ttl} for one in answers[-1].labels
        ]
    return told


def _routers(hop: Hop) -> list[str]:
    """The addresses that answered, in order of their first answer."""
    return list(dict.fromkeys(one.source for one in hop.answers))


def _milliseconds(packet: Packet | None) -> str | None:
    if packet is None or packet.rtt is None:
        return None
    return f"{packet.rtt // 10_000}.{packet.rtt % 10_000:04}"


def _is_welcome(trace: Trace, answer: Answer) -> bool:
    """Whether it is what was asked for: a router on the way, an echo, or the target's closed port."""
    error = answer.error
    if error is None or answer.in_transit:
        return True
    return trace.by_target(answer) and (error.version, error.type, error.code) in _PORT_UNREACHABLE


def _judged(trace: Trace) -> list[Packet]:
    """The packets that the round counts; none where the trace ended before one was answered or lost."""
    ttl = trace.final or min(trace.last + 1, trace.plan.max_hops)
    return next((hop.packets for hop in trace.hops() if hop.ttl == ttl), [])


def _of_target(trace: Trace, packets: list[Packet]) -> Failure | None:
    """What is wrong although the target answered."""
    answers = [one.answer for one in packets if one.answer and trace.by_target(one.answer)]
    refusal = next((one.error for one in answers if one.error and not _is_welcome(trace, one)), None)
    if refusal:
        return of_icmp(refusal, target=trace.target, own="")
    lost = len(packets) - len(answers)
    wait = Duration(trace.plan.wait_ns // 1_000_000)
    return Failure(Reason.TIMEOUT, f"{lost} of {len(packets)} unanswered within {wait}") if lost else None


def _of_router(trace: Trace, ttl: int) -> Failure:
    answers = (one.answer for one in _judged(trace) if one.answer and not one.answer.in_transit)
    error, mtu = next((one.error, one.mtu) for one in answers if one.error)
    said = of_icmp(error, target=trace.target, own="")
    return Failure(said.reason, f"hop {ttl}: {said.detail}{f' (MTU {mtu})' if mtu else ''}")


def _farthest(trace: Trace) -> str:
    if not trace.last:
        return "no answer from any hop"
    last = next(hop for hop in trace.hops() if hop.ttl == trace.last)
    return f"no answer beyond hop {trace.last} ({' or '.join(_routers(last))})"


def _loop(trace: Trace) -> str:
    """Says which router answered more than once with others in between."""
    seen: dict[str, list[int]] = {}
    for hop in trace.hops():
        for address in _routers(hop):
            seen.setdefault(address, []).append(hop.ttl)
    for address, ttls in seen.items():
        if ttls[-1] - ttls[0] >= len(ttls):
            return f"; {address} answers at hops {', '.join(map(str, ttls[:3]))}: a routing loop"
    return ""
