"""The dashboards for Prometheus and VictoriaMetrics, from what they scraped."""
