"""What the daemon shows over HTTP: the page, /metrics, the health checks."""
