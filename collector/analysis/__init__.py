"""From figures to decisions: baselines, changes, forecasts, comparisons. Pure."""
