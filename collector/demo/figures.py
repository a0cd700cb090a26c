"""What the made-up estate is managed by: its key figures, and how its carriers are rated, as YAML."""

from __future__ import annotations

import re
from collections.abc import Collection

_KPIS = """\
  availability:
    name: Availability
    definition: The share of the known time in which our sites could be reached over their circuits.
    measure: availability
    over: month
    owner: Head of Networks
    level: business
    serves: Offices and shops can work
    review: monthly
    approved: {by: Board of IT, on: 2024-12-12}
    versions:
      - from: 2025-01-01
        target: ">= 99.9%"
        warning: "< 99.8%"
        critical: "< 99.5%"
      - from: 2025-07-01
        approved: {by: Board of IT, on: 2025-06-19}
        because: the tills moved to the cloud, so that an office without a circuit sells nothing
        target: ">= 99.95%"
        warning: "< 99.9%"
        critical: "< 99.7%"
  outages:
    name: Outages
    definition: How often a circuit goes down in a month.
    measure: outages
    over: month
    target: "<= 1"
    warning: "> 2"
    critical: "> 4"
    owner: Head of Networks
    level: business
    serves: Offices and shops can work
    review: monthly
    approved: {by: Board of IT, on: 2024-12-12}
  mtbf:
    name: Time between failures
    definition: How long a circuit runs from one outage to the next.
    measure: mtbf
    over: quarter
    target: ">= 30d"
    warning: "< 20d"
    critical: "< 10d"
    owner: Head of Networks
    level: business
    serves: Carriers deliver what they are paid for
    review: quarterly
    approved: {by: Board of IT, on: 2024-12-12}
  mttr:
    name: Time to repair
    definition: How long an outage lasts, from the first lost packet to the answer that ends it.
    measure: mttr
    over: month
    target: "<= 4h"
    warning: "> 5h"
    critical: "> 8h"
    owner: Service desk
    level: service
    serves: Carriers deliver what they are paid for
    review: monthly
    approved: {by: Head of Networks, on: 2025-01-08}
  rtt:
    name: Round-trip time of DIA
    definition: The median round trip of dedicated internet access to the carrier's edge.
    measure: rtt
    over: day
    services: [dia]
    target: "<= 40ms"
    warning: "> 60ms"
    critical: "> 120ms"
    owner: Network operations
    level: service
    serves: Work in the cloud feels local
    review: weekly
    approved: {by: Head of Networks, on: 2025-01-08}
  loss:
    name: Packet loss
    definition: The mean share of packets that are lost on the way there and back.
    measure: loss
    over: week
    target: "<= 0.1%"
    warning: "> 0.3%"
    critical: "> 1%"
    owner: Network operations
    level: service
    serves: Work in the cloud feels local
    review: weekly
    approved: {by: Head of Networks, on: 2025-01-08}
  jitter:
    name: Delay variation
    definition: How far one round trip differs from the next on MPLS, in the mean of a day.
    measure: jitter
    over: day
    services: [mpls]
    target: "<= 5ms"
    warning: "> 8ms"
    critical: "> 15ms"
    owner: Voice team
    level: service
    serves: Calls can be understood
    review: weekly
    approved: {by: Head of Networks, on: 2025-01-08}
  voice:
    name: Voice quality
    definition: The opinion score that a G.711 call over the circuit would get.
    measure: mos
    over: day
    target: ">= 4.0"
    warning: "< 3.8"
    critical: "< 3.5"
    owner: Voice team
    level: service
    serves: Calls can be understood
    review: weekly
    approved: {by: Head of Networks, on: 2025-01-08}
  utilisation:
    name: CPE utilisation
    definition: How full the fuller direction of the line is in the last five minutes.
    measure: utilisation
    over: 5m
    target: "<= 70%"
    warning: "> 70%"
    critical: "> 85%"
    owner: Network operations
    level: operational
    serves: Capacity is bought in time and not too early
    review: daily
    approved: {by: Head of Networks, on: 2025-01-08}
  busy-week:
    name: Busy week
    definition: How full the line is in the busiest twentieth of a week.
    measure: utilisation
    statistic: p95
    over: week
    target: "<= 60%"
    warning: "> 65%"
    critical: "> 80%"
    owner: Network operations
    level: operational
    serves: Capacity is bought in time and not too early
    review: weekly
    approved: {by: Head of Networks, on: 2025-01-08}
  throughput:
    name: Throughput
    definition: What the fuller direction of a line carries in the mean of a week.
    measure: throughput
    over: week
    target: "<= 300M"
    warning: "> 350M"
    owner: Network operations
    level: operational
    serves: Capacity is bought in time and not too early
    review: monthly
    approved: {by: Head of Networks, on: 2025-01-08}
  coverage:
    name: Measured time
    definition: The share of a month of which we know whether the circuit was up or down.
    measure: coverage
    over: month
    target: ">= 99%"
    warning: "< 98%"
    critical: "< 95%"
    owner: Network operations
    level: operational
    serves: Carriers deliver what they are paid for
    review: monthly
    approved: {by: Head of Networks, on: 2025-01-08}
"""

SCORECARD = """\
scorecard:
  weights: {availability: 3, outages: 2, repeats: 2, mttr: 2, breaches: 2}
  tiers:
    gold: {where: {availability: ">= 99.97%", breaches: "<= 10%"}, means: preferred for new sites}
    silver: {where: {availability: ">= 99.9%"}, means: as it is}
    watch: {where: {}, means: a plan for improvement within the quarter}
"""


def kpis(services: Collection[str]) -> str:
    """The section, without the figures of services that a smaller estate hasn't."""
    figures = re.split(r"(?m)^(?=  \S)", _KPIS)
    named = ((re.findall(r"services: \[(\w+)\]", one), one) for one in figures)
    return "kpis:\n" + "".join(one for words, one in named if set(words) <= set(services))
