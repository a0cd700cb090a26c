"""Asks a DNS server one question and judges what comes back.

wire.py builds the question and reads the answer (pure), expect.py judges it (pure), exchange.py sends
and waits, probe.py makes a round of it. `dns` without a package before it is the library dnspython.
"""
