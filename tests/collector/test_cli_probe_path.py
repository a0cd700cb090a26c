"""How `linkledger probe --kind path` shows a trace."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import StringIO
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from collector.cli.probe import probe_command
from collector.cli.probe_path import lines, table
from probes.model import Outcome, Reason, Round, Sample
from tests.probes.icmp_lab import private_network


def hop(ttl: int, **routers: Sequence[str | None]) -> dict[str, Any]:
    return {
        "ttl": ttl,
        "sent": 3,
        "routers": [{"address": name.replace("_", "."), "rtts_ms": rtts} for name, rtts in routers.items()],
    }


def outcome(*hops: dict[str, Any], reached: bool = False, raw: bool = True, detail: str = "") -> Outcome:
    told = {"address": "192.0.2.9", "reached": reached, "raw": raw, "hops": hops}
    made = Round(7, 0, 300_000, 0, 3, 0, (None,) * 3, Reason.TIMEOUT if detail else Reason.NONE, detail)
    return Outcome(made, (Sample(7, 0, 0, "path", json.dumps(told)),))


BROKEN = outcome(
    hop(1, **{"10_0_0_1": ["0.4210", None, "12.3456"]}),
    hop(2),
    hop(3, **{"10_0_0_2": ["1.0000", None, "1.0000"], "10_0_0_30": [None, "2.0000", None]}),
    hop(4, **{"10_0_0_4": ["1.0000"] * 3}),
    detail="hop 4: 10.0.0.4 says: host unreachable",
)
marked = json.loads(str(BROKEN.samples[0].value))
marked["hops"][3]["routers"][0] |= {"error": "!H", "mpls": [{"label": 16_001, "tc": 0, "ttl": 1}]}
BROKEN = Outcome(BROKEN.round, (Sample(7, 0, 0, "path", json.dumps(marked)),))


def test_a_trace_is_a_line_a_router_and_says_where_it_ends() -> None:
    assert lines(BROKEN) == [
        "   1  10.0.0.1        0.421         *    12.346 ms",
        "   2  *                   *         *         *",
        "   3  10.0.0.2        1.000               1.000 ms",
        "      10.0.0.30                 2.000           ms",
        "   4  10.0.0.4        1.000     1.000     1.000 ms  !H  MPLS 16001/ttl 1",
        "hop 4: 10.0.0.4 says: host unreachable",
    ]


def test_a_terminal_shows_the_same_as_a_table() -> None:
    console = Console(width=100, record=True, file=StringIO())

    console.print(table(BROKEN))
    shown = [line.split() for line in console.export_text().splitlines()]
    assert shown[0] == ["hop", "router", "round-trip", "times"]
    assert shown[1:] == [line.split() for line in lines(BROKEN)]


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (outcome(hop(1, a=["1.0"]), reached=True), "192.0.2.9 is 1 hop away"),
        (
            outcome(
                hop(1, a=["1.0"]), hop(2, b=["1.0"]), reached=True, raw=False, detail="1 of 3 unanswered"
            ),
            "192.0.2.9 is 2 hops away; 1 of 3 unanswered; "
            "without CAP_NET_RAW: MPLS labels and short quotes are not seen",
        ),
        (Outcome(Round(7, 0, 1, 0, 0, 0, (), Reason.LOCAL, "no socket")), "not traced: no socket"),
    ],
)
def test_the_last_line_says_how_far_it_came(one: Outcome, said: str) -> None:
    assert lines(one)[-1] == said


def probe(*words: str) -> Result:
    with private_network():
        return CliRunner().invoke(probe_command, ("127.0.0.1", "--kind", "path", *words))


@pytest.mark.root
@pytest.mark.parametrize("protocol", ["icmp", "udp"])
def test_a_path_is_traced_once_with_the_options_that_are_given(protocol: str) -> None:
    done = probe("-o", f"protocol={protocol}", "-o", "queries=2", "--json")
    told = json.loads(done.stdout)
    (made,) = told["rounds"]
    assert (done.exit_code, told["sent"], made["path_hops"]) == (0, 2, 1)
    assert (made["path"]["protocol"], made["path"]["hops"][0]["routers"][0]["address"]) == (
        protocol,
        "127.0.0.1",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "banana"), "--option banana: must be KEY=VALUE, such as size=1400"),
        (("-o", "every=1s"), "--option every: say --every"),
        (("-o", "protocol=tcp"), "option protocol: Input should be 'icmp' or 'udp'"),
        (("-o", "hops=3"), "option hops: Extra inputs are not permitted"),
        (("--timeout", "500ms"), "wait (1s) must be from 1ms to timeout (500ms)"),
    ],
)
def test_an_option_that_is_wrong_is_exit_2_and_named(words: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(probe_command, ("127.0.0.1", "--kind", "path", *words))
    assert (done.exit_code, done.stderr) == (2, f"linkledger: {said}\n")
