"""The dashboards for InfluxDB 1, 2 and 3 by InfluxQL, from what linkledger pushed as line protocol."""
