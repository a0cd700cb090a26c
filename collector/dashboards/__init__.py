"""Grafana dashboards, made from typed values: what `linkledger dashboards` writes."""
