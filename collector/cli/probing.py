"""What `linkledger probe` does: measures one target now, and shows each answer as it comes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import click
from pydantic import BaseModel, ValidationError
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from collector.cli import probe_path
from collector.cli.common import (
    BAD_ANSWER,
    UNREACHABLE,
    USAGE,
    fail,
    print_json,
)
from collector.cli.probe import COUNT
from collector.cli.sparkline import LOST, sparkline
from collector.oneshot import Request, Tally, UnresolvedError, measure
from config.errors import ConfigErrors, nearest
from probes import probe_kind
from probes.clock import SystemClock
from probes.model import RTT_UNIT_NS, Outcome, Reason, Round, Sample
from probes.resolve import SystemResolver
from probes.values import Duration, Secret


def probe(
    target: str,
    kind: str | None,
    count: int | None,
    times: tuple[str, str | None],
    given: tuple[str, ...],
    config: Path | None,
    *,
    as_json: bool,
    verbose: int,
) -> NoReturn:
    """Measure `target`, one round in `times[0]`, with the time-out `times[1]`; leaves with the exit code."""
    try:
        every, timeout = times
        pace = Duration.parse(every), Duration.parse(timeout) if timeout else None
        beside = _options(given)
        if kind is None and "/" in target and "://" not in target:
            request = _configured(target, config, count, *pace, beside)
        else:
            request = _asked(kind or guess(target), target, count, *pace, beside)
    except (ValueError, ConfigErrors) as error:
        fail(USAGE, str(error))
    if verbose:
        click.echo(f"{request.kind} to {request.address}, one each {request.every}", err=True)
    try:
        tally = asyncio.run(_run(request, as_json))
    except ValidationError as error:
        fail(USAGE, "; ".join(_refusal(one["loc"], one["msg"]) for one in error.errors()))
    except ValueError as error:
        fail(USAGE, str(error))
    except (UnresolvedError, OSError) as error:
        fail(UNREACHABLE, str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0 if tally.received else BAD_ANSWER if tally.sent else UNREACHABLE)


def _refusal(where: tuple[int | str, ...], text: str) -> str:
    option = f"option {'.'.join(map(str, where))}: " if where else ""
    return option + text.removeprefix("Value error, ")


def _options(given: tuple[str, ...]) -> dict[str, object]:
    """`KEY=VALUE` words as a map, `expect.rcode=NXDOMAIN` as one below `expect`; raises ValueError."""
    pairs = [word.partition("=") for word in given]
    for key, equals, _ in pairs:
        if not key or not equals:
            raise ValueError(f"--option {key}: must be KEY=VALUE, such as size=1400")
        if key in ("every", "timeout"):
            raise ValueError(f"--option {key}: say --{key}")
    beside: dict[str, object] = {}
    for path, _, value in pairs:
        *above, key = path.split(".")
        holder = beside
        for name in above:
            below = holder.setdefault(name, {})
            if not isinstance(below, dict):
                raise ValueError(f"--option {path}: {name} has a value of its own already")
            holder = below
        holder[key] = value
    return beside


def _asked(
    kind: str,
    target: str,
    count: int | None,
    every: Duration,
    timeout: Duration | None,
    beside: Mapping[str, object],
) -> Request:
    """What the command line alone says; the kind's own defaults stand for the rest."""
    timeout = timeout or probe_kind(kind).options.model_fields["timeout"].default
    return Request(kind, target, count or _count_of(kind), every, timeout, beside)


def _count_of(kind: str) -> int:
    return 1 if kind == "path" else COUNT


def _configured(
    target: str,
    config: Path | None,
    count: int | None,
    every: Duration,
    timeout: Duration | None,
    beside: Mapping[str, object],
) -> Request:
    """What a configured probe would measure; raises ValueError or ConfigErrors."""
    from config.light import find_config
    from config.load import load

    path = find_config(config)
    if path is None:
        raise ValueError(f"{target} is a probe of a configuration, and there is none: give it with -c")
    circuits = load(path, need_secrets=False).settings.circuits
    known = {f"{name}/{probe}": one for name, one in circuits.items() for probe in one.probes}
    if target not in known:
        raise ValueError(f"{path} has no probe {target!r}: {nearest(target, known)}")
    circuit = known[target]
    probe = circuit.probes[target.partition("/")[2]]
    options = probe.options
    if _lacks_a_secret(options):
        load(path)  # which says whose, and why: without it this would measure something else
    given = {**{name: getattr(options, name) for name in options.model_fields_set}, **beside}
    timeout = timeout or options.timeout
    return Request(
        probe.kind, probe.address, count or _count_of(probe.kind), every, timeout, given, circuit.via
    )


def _lacks_a_secret(value: object) -> bool:
    """Whether a secret of some options could not be had, and is empty (config.load.load)."""
    if isinstance(value, BaseModel):
        return any(map(_lacks_a_secret, vars(value).values()))
    if isinstance(value, Mapping):
        return any(map(_lacks_a_secret, value.values()))
    return isinstance(value, Secret) and not value.reveal()


def guess(target: str) -> str:
    """`HOST:PORT` and `[V6]:PORT` are TCP, a URL is HTTP, anything else ICMP."""
    if "://" in target:
        return "http"
    bracketed = target.startswith("[") and "]:" in target
    named = target.count(":") == 1 and target.rpartition(":")[2].isdigit()
    return "tcp" if bracketed or named else "icmp"


async def _run(request: Request, as_json: bool) -> Tally:
    clock = SystemClock()
    resolver = SystemResolver(clock)
    tally = Tally()
    outcomes: list[Outcome] = []
    console = Console()
    try:
        if as_json or not console.is_terminal:
            async for outcome in measure(request, clock, resolver):
                _count(tally, outcomes, outcome)
                if not as_json:
                    click.echo("\n".join(_lines(request, outcome, len(outcomes))))
            if as_json:
                print_json(document(request, tally, outcomes))
            else:
                click.echo(summary(request, tally))
        else:
            with Live(console=console, refresh_per_second=10) as live:
                async for outcome in measure(request, clock, resolver):
                    _count(tally, outcomes, outcome)
                    live.update(_picture(request, tally, outcomes, console.width))
    finally:
        await resolver.aclose()
    return tally


def _count(tally: Tally, outcomes: list[Outcome], outcome: Outcome) -> None:
    outcomes.append(outcome)
    if outcome.round:
        tally.add(outcome.round)


def _lines(request: Request, outcome: Outcome, number: int) -> list[str]:
    return probe_path.lines(outcome) if request.kind == "path" else [line(outcome, number)]


def line(outcome: Outcome, number: int) -> str:
    """One round in words, with what was sampled beside it."""
    one = outcome.round
    said = "nothing" if one is None else _said(one)
    beside = "".join(f"  {_sampled(sample)}" for sample in outcome.samples)
    return f"{number:>4}  {said}{beside}"


def _sampled(sample: Sample) -> str:
    """A sample's name and value; HTTP's in words, its phases in ms: `first byte 12.345 ms`."""
    name, value = sample.name, sample.value
    if name.startswith("http_"):
        words = name.removeprefix("http_").removesuffix("_seconds").replace("_", " ")
        return f"{words} {value * 1000:.3f} ms" if isinstance(value, float) else f"{words} {value}"
    if not isinstance(value, float):
        return f"{name} {value}"
    return f"{name} {value:.4g}" if abs(value) < 1_000 else f"{name} {value:.0f}"  # no exponent for a person


def _said(one: Round) -> str:
    detail = f" ({one.detail})" if one.detail else ""
    rtts = [rtt for rtt in one.rtts if rtt is not None]
    if rtts:
        trouble = f"  {one.reason}{detail}" if one.reason is not Reason.NONE else f"  {one.detail}".rstrip()
        clock = one.timing.name.lower().replace("_", " ")
        return f"{rtts[0] * RTT_UNIT_NS / 1e6:9.3f} ms  {clock} clock{trouble}"
    what = "answered without an RTT" if one.received else "lost" if one.sent else "not sent"
    return f"{what}: {one.reason}{detail}"


def summary(request: Request, tally: Tally) -> str:
    """The last line: loss and RTTs."""
    loss = tally.loss_percent
    words = [f"{request.address} ({request.kind}): {tally.received} of {tally.sent} answered"]
    if loss is not None:
        words.append(f"{loss:.4g}% lost")
    words += [f"{name} {value * 1000:.3f} ms" for name, value in tally.seconds().items()]
    return ", ".join(words)


def bars(outcomes: list[Outcome], width: int) -> Text:
    """RTTs as bars from the least to the largest; a loss is a cross, an answer without an RTT a gap."""
    rounds = [outcome.round for outcome in outcomes[-width:] if outcome.round]
    values = [next((rtt for rtt in one.rtts if rtt is not None), None) for one in rounds]
    shown = Text()
    for mark in sparkline(values, [one.received < one.sent for one in rounds]):
        shown.append(mark, style="bold red" if mark == LOST else "cyan")
    return shown


def _picture(request: Request, tally: Tally, outcomes: list[Outcome], width: int) -> Group:
    if request.kind == "path":
        return Group(*(probe_path.table(outcome) for outcome in outcomes[-1:]))
    recent = [
        Text(line(outcome, len(outcomes) - len(outcomes[-8:]) + i + 1))
        for i, outcome in enumerate(outcomes[-8:])
    ]
    return Group(Text(summary(request, tally), style="bold"), bars(outcomes, width - 2), *recent)


def document(request: Request, tally: Tally, outcomes: list[Outcome]) -> dict[str, object]:
    """What `--json` prints; times in seconds, a loss is null."""
    return {
        "target": request.address,
        "kind": request.kind,
        "sent": tally.sent,
        "received": tally.received,
        "loss_ratio": None if tally.loss_percent is None else tally.loss_percent / 100,
        "rtt_seconds": tally.seconds(),
        "rounds": [_plain(outcome) for outcome in outcomes],
    }


def _plain(outcome: Outcome) -> dict[str, object]:
    one = outcome.round
    plain: dict[str, object] = {
        sample.name: probe_path.trace_of(outcome) if sample.name == "path" else sample.value
        for sample in outcome.samples
    }
    if one is None:
        return plain
    rtts = [None if rtt is None else rtt * RTT_UNIT_NS / 1e9 for rtt in one.rtts]
    return {
        "at_ms": one.at_ms,
        "sent": one.sent,
        "received": one.received,
        "rtt_seconds": rtts,
        "reason": str(one.reason),
        "detail": one.detail,
        "clock": one.timing.name.lower(),
        **plain,
    }
