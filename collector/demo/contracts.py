"""What the made-up carriers promised: a contract of each of five kinds, as YAML."""

CONTRACTS = """\
contracts:
  alder-dia-gold: # bands on availability; latency, loss and jitter; repair
    carrier: alder
    effective: 2024-10-01
    timezone: UTC
    currency: EUR
    period: calendar_month
    denominator: elapsed
    outage:
      down: {loss_above: 50%, for: 60s, clear: 60s}
      clock: {start: measured, end: restored}
      across_periods: split
    exclude:
      maintenance: {effect: numerator, notice: 5d, clause: "7.2"}
      customer: {effect: numerator}
    unknown: {policy: exclude, coverage: 95%}
    objectives:
      availability:
        target: ">= 99.95%"
        clause: "4.1"
        credit: {bands: [{below: 99.95%, gives: 5%}, {below: 99.5%, gives: 10%}, {below: 99%, gives: 25%}]}
      rtt: {stat: mean, of: samples, lost: ignore, target: "<= 12ms", while: available, clause: "4.3",
            credit: {flat: 5%}}
      loss: {target: "<= 0.1%", while: available, clause: "4.4", credit: {per_step: 0.1%, gives: 2%}}
      jitter: {definition: ipdv_mean, target: "<= 2ms", while: available, clause: "4.5"}
      time_to_repair: {each: "<= 4h", clause: "4.6", credit: {flat: 5%}}
    combine: sum
    caps: {month: 50%, clause: "4.9"}
    chronic: {any: [{outages: 3, longer_than: 30m, within: 30d}], remedy: terminate, notice: 30d}
    claim: {ticket_within: 24h, submit_within: 45d, from: period_end, clause: "4.10"}
  alder-wave: # half a day for each full half hour beyond the first ten minutes
    carrier: alder
    effective: 2024-10-01
    timezone: UTC
    currency: EUR
    period: calendar_month
    denominator: {fixed: 720h}
    outage:
      down: {loss_at_least: 100%}
      minimum: {at_least: 10m, mode: deductible, clause: "2.2"}
      clock: {start: measured, end: restored}
      round: {to: 1m, mode: inside, each: outage}
      across_periods: split
    exclude:
      maintenance: {effect: numerator, notice: 10d, clause: "2.6"}
    unknown: {policy: exclude, coverage: 99%}
    objectives:
      availability:
        target: ">= 99.99%"
        clause: "2.1"
        credit: {per: 30m, gives: 0.5 day, partial: whole, each: outage, max_a_day: 2, clause: "2.3"}
    day_rate: 1/30
    caps: {month: 50%}
    claim: {submit_within: 40d, from: period_end, clause: "2.8"}
  basalt-mpls: # the clock runs from the ticket's opening to its closing
    carrier: basalt
    effective: 2024-10-01
    timezone: Europe/London
    currency: EUR
    period: calendar_month
    denominator: elapsed
    outage:
      down: {loss_above: 50%, for: 2m, clear: 2m}
      minimum: {longer_than: 15m}
      clock: {start: ticket, end: ticket_closed, pause: [customer_wait, site_access], clause: "8.2"}
      round: {to: 15m, mode: up, each: outage, clause: "8.3"}
      across_periods: split
    exclude:
      maintenance: {effect: numerator, notice: 3bd, clause: "8.7"}
      customer: {effect: numerator}
    unknown: {policy: exclude, coverage: 90%}
    objectives:
      availability:
        target: ">= 99.8%"
        clause: "8.1"
        credit: {per: 4h, gives: 1 day, partial: fraction, each: outage, clause: "8.4"}
      loss: {target: "<= 0.3%", while: available, clause: "8.5", credit: {flat: 3%}}
    day_rate: 1/days_in_month
    combine: sum
    caps: {month: 100%}
    claim: {submit_within: 45d, from: period_end, clause: "8.9"}
  basalt-dia: # each outage is looked up by its own length
    carrier: basalt
    effective: 2024-10-01
    timezone: Europe/London
    currency: EUR
    period: calendar_month
    denominator: elapsed
    outage:
      down: {loss_above: 50%, for: 60s, clear: 60s}
      minimum: {longer_than: 15m, clause: "3.1"}
      merge_within: 10m
      clock: {start: measured, end: restored}
      round: {to: 1m, mode: nearest, each: outage}
      across_periods: start
    exclude:
      maintenance: {effect: numerator, notice: 5d, clause: "5.1"}
    unknown: {policy: exclude, coverage: 99%}
    objectives:
      availability:
        target: ">= 99.5%"
        clause: "4"
        credit:
          clause: "4.1"
          over: each_outage
          bands:
            - {from: 15m, gives: 3%}
            - {from: 2h, gives: 10%}
            - {from: 8h, gives: 15%}
            - {from: 12h, gives: 25%}
      rtt: {stat: p95, of: samples, lost: ignore, target: "<= 15ms", while: available, clause: "4.2",
            credit: {flat: 5%}}
      loss: {target: "<= 0.2%", while: available, clause: "4.3", credit: {flat: 4%}}
    combine: sum
    caps: {month: 45%, clause: "4.8"}
    claim: {ticket_within: 24h, submit_within: 45d, from: period_end, clause: "6"}
  cinnabar-access: # each begun tenth of a point under the target pays a percent, without a claim
    carrier: cinnabar
    effective: 2024-10-01
    timezone: Europe/Lisbon
    currency: EUR
    period: calendar_month
    denominator: elapsed
    outage:
      down: {loss_above: 50%, for: 2m, clear: 2m}
      clock: {start: measured, end: restored}
      round: {to: 1m, mode: down, each: period}
      across_periods: split
    exclude:
      maintenance: {effect: numerator, notice: 5d}
    unknown: {policy: carry, coverage: 80%}
    objectives:
      availability: {target: ">= 99.5%", clause: "B6", credit: {per_step: 0.1%, gives: 1%, clause: "B7"}}
      loss: {target: "<= 1%", while: available, clause: "B8", credit: {flat: 2%}}
    combine: sum
    caps: {month: 30%}
    minimum_payout: {more_than: "1.00"}
    claim: {automatic: true, clause: "B10"}
"""

CONTRACT_OF = {
    ("alder", "dia"): "alder-dia-gold",
    ("alder", "wave"): "alder-wave",
    ("basalt", "mpls"): "basalt-mpls",
    ("basalt", "dia"): "basalt-dia",
    ("cinnabar", "broadband"): "cinnabar-access",
    ("cinnabar", "lte"): "cinnabar-access",
}
"""The contract of a carrier's service."""
