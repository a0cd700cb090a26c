"""What the PromQL dashboards share: variables, matchers and expressions."""

from __future__ import annotations

from collector.dashboards.model import Annotation, Query, Variable

INFO = "linkledger_circuit_info"
WHO = "site, carrier, circuit"
PROMISE = f"{WHO}, contract, objective"
SITES = 'site=~"$site",carrier=~"$carrier"'
ONE = 'circuit="$circuit"'
PROBES = f'{ONE},probe=~"$probe"'
OWN = 'job=~"$job",instance=~"$instance"'

SITE = Variable("site", "Site", f"label_values({INFO}, site)")
CARRIER = Variable("carrier", "Carrier", f'label_values({INFO}{{site=~"$site"}}, carrier)')
CIRCUIT = Variable("circuit", "Circuit", f"label_values({INFO}{{{SITES}}}, circuit)", several=False)
CIRCUITS = Variable("circuit", "Circuit", f"label_values({INFO}{{{SITES}}}, circuit)")
PROBE = Variable(
    "probe", "Probe", f"label_values(linkledger_probe_packets_sent_total{{{SITES},{ONE}}}, probe)"
)
SERVICE = Variable("service", "Service", f"label_values({INFO}{{{SITES}}}, service)")
CONTRACT = Variable("contract", "Contract", f'label_values({INFO}{{{SITES},contract!=""}}, contract)')


def outages(matchers: str) -> Annotation:
    """A mark for as long as an outage is open."""
    query = f"linkledger_outage_open{{{matchers}}} == 1"
    return Annotation("Outages", query, "red", "{{circuit}} ({{carrier}}) is down")


def now(text: str) -> Query:
    """One row a series, of the end of the time shown."""
    return Query(text, form="table")


def status(by: str, matchers: str) -> str:
    """3 down, 2 unknown, 1 up: the worst circuit of each group; nothing where nobody measured."""
    return f"max by ({by}) ({statuses(matchers)})"


def statuses(matchers: str) -> str:
    """3 down, 2 unknown, 1 up, of each circuit, in brackets.

    Two hosts may measure one circuit: it is up where any sees it up, and unknown where none can tell,
    as the alerts have it.
    """
    unknown = f'2 * (max by ({WHO}) (linkledger_circuit_status{{{matchers},status="unknown"}}) > 0)'
    return f"(3 - 2 * max by ({WHO}) (linkledger_circuit_up{{{matchers}}}) or {unknown})"


def each(metric: str, matchers: str, by: str, worst: str = "max") -> str:
    """A figure once, where two hosts know it: the worse of theirs."""
    return f"{worst} by ({by}) ({metric}{{{matchers}}})"


def loss(by: str, matchers: str, also: str = "", *, whole: bool = False) -> str:
    """Lost of sent packets; nothing where none was sent. `whole`: of the time shown, else of late."""
    counts = [
        f"sum by ({by}) ({_went(f'linkledger_probe_packets_{what}_total{{{matchers}}}', whole)}{also})"
        for what in ("received", "sent")
    ]
    return f"1 - {counts[0]} / ({counts[1]} > 0)"


def percentile(share: float, by: str, matchers: str, also: str = "", *, whole: bool = False) -> str:
    """A percentile of the RTT, from the histogram of every answered packet; `whole` as above."""
    labels = f"{by}, le" if by else "le"
    bucket = f"{_went(f'linkledger_probe_rtt_seconds_bucket{{{matchers}}}', whole)}{also}"
    return f"histogram_quantile({share}, sum by ({labels}) ({bucket}))"


def _went(counter: str, whole: bool) -> str:
    return f"increase({counter}[$__range])" if whole else f"rate({counter}[$__rate_interval])"


def mean_rtt(by: str, matchers: str) -> str:
    """The mean RTT of the answered packets; nothing where none was."""
    total, count = (
        f"sum by ({by}) (rate(linkledger_probe_rtt_seconds_{what}{{{matchers}}}[$__rate_interval]))"
        for what in ("sum", "count")
    )
    return f"{total} / ({count} > 0)"


def down_time(by: str, matchers: str, also: str = "") -> str:
    """Seconds down in the time shown, and only of the time in which somebody measured.

    The share comes from every scrape; how much was measured is looked at each step of a chart.
    """
    name = f'linkledger_circuit_status{{{matchers},status="down"}}'
    measured = f"clamp_max(count_over_time({name}[$__range:$__interval]) * $__interval_ms / 1000, $__range_s)"
    return f"sum by ({by}) (max by ({WHO}) (avg_over_time({name}[$__range]) * {measured}{also}))"
