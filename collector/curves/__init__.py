"""Numbers for pictures, from a ledger: what a chart, a sparkline or the API's `series` shows.

`grid` cuts the time into points; `rtt` fills them from rounds (`packets`) or from bins (`tally`);
`load` is the SNMP utilisation, `status` and `bands` say what is to be shaded, `sparks` is the last day
of every circuit, and `shown` is all of them as JSON. Nothing here decides money: statements read rounds.
"""
