"""Rules that say what to do next. One file a rule: `rule(facts, today)` over plain values. Pure.

What a rule needs to know stands in a frozen value beside it; collector/performance/ gathers them.
"""

from collector.analysis.recommend.rules import RULES, Rule, ordered, recommend

__all__ = ["RULES", "Rule", "ordered", "recommend"]
