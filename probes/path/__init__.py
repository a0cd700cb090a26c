"""Where the way breaks, hop by hop (traceroute with a constant flow).

`wire` holds what is sent and read, `lines` the sockets, `trace` decides what to ask next, `report`
says what it adds up to, `probe` runs it.
"""
