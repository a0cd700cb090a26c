"""A second reading of CONTRACTS.md, slow and plain, written without looking at the first.

`judge(contract, history, period)` takes a contract as the dict of its YAML and a history as the dict of
INTERFACES section 6, and gives the figures of a statement. Times are integer UTC milliseconds, a set of
times is a sorted list of (from, to) pairs that don't touch, everything else is a Fraction.
"""

from tests.collector.sla.oracle.judging import judge

__all__ = ["judge"]
