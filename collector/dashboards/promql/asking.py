"""What the PromQL dashboards share: variables, matchers and expressions."""

from __future__ import annotations

from collector.dashboards.model import Annotation, Query, Variable

INFO = "linkledger_circuit_info"
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
    """3 down, 2 unknown, 1 up: the worst of each group; nothing where nobody measured."""
    name = "linkledger_circuit_status"
    each = " or ".join(
        f'{code} * {name}{{{matchers},status="{word}"}}'
        for code, word in ((3, "down"), (2, "unknown"), (1, "up"))
    )
    return f"max by ({by}) ({each})"


def loss(by: str, matchers: str, also: str = "") -> str:
    """Lost of sent packets; nothing where none was sent."""
    rates = [
        f"sum by ({by}) (rate(linkledger_probe_packets_{what}_total{{{matchers}}}[$__rate_interval]){also})"
        for what in ("received", "sent")
    ]
    return f"1 - {rates[0]} / ({rates[1]} > 0)"


def percentile(share: float, by: str, matchers: str, also: str = "") -> str:
    """A percentile of the RTT, from the histogram of every answered packet."""
    labels = f"{by}, le" if by else "le"
    bucket = f"rate(linkledger_probe_rtt_seconds_bucket{{{matchers}}}[$__rate_interval]){also}"
    return f"histogram_quantile({share}, sum by ({labels}) ({bucket}))"


def mean_rtt(by: str, matchers: str) -> str:
    """The mean RTT of the answered packets; nothing where none was."""
    total, count = (
        f"sum by ({by}) (rate(linkledger_probe_rtt_seconds_{what}{{{matchers}}}[$__rate_interval]))"
        for what in ("sum", "count")
    )
    return f"{total} / ({count} > 0)"


def down_time(by: str, matchers: str, also: str = "") -> str:
    """Seconds down in the time shown, as far as somebody measured."""
    share = f'avg_over_time(linkledger_circuit_status{{{matchers},status="down"}}[$__range]){also}'
    return f"sum by ({by}) ({share}) * $__range_s"
