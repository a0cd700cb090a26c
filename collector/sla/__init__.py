"""What a contract got of its promises: pure functions, no I/O, no clock, no floats that decide.

Read it in this order; each step hands the next one a value.

1. **Time**: `calendar` (periods), `hours`, `business`, `deadlines`; `spans` and `timeline` are the algebra.
2. **What is known**: `evidence` (notes, tickets, loads), `tracks` (rounds as columns), `rules` (the terms,
   ready to be asked, and the circuit's facts).
3. **Status**: `down` (a rule over rounds), `status` (probes and intervals to one timeline), `scopes`.
4. **Counting**: `exclusions`, `tickets`, `clock`, `outages`, `lengths`, `availability`; `reckoning` is what
   they leave behind.
5. **Figures**: `objectives` (what there is to look at), `sampled` with `delays`, `loss`, `jitter`, `mos` over
   `packets` and `variation`; `repairs`, `load`, `delivery`; `found` (all of them), `windows`, `gates`.
6. **Verdicts**: `judgement` on one objective, `means` over parts, `trial` of a whole group.
7. **Money**: `charges`, `rates`, `credits` with `credit_tables`, `credit_units`, `paid`, `caps`; `chronic`.
8. **The statement**: `claims`, `evaluate` (all of the above), `statement` (its form), `steps`,
   `counting_steps`, `stat_words`, `wording` (its words), `rounding` (how figures are shown), `figures`.
"""
