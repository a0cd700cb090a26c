"""ICMP echo for many targets at once: one socket a family, the kernel's clock at both ends.

`wire` builds and reads packets, `filter` lets the kernel drop what is not ours, `socket` opens and
reads, `route` says how a packet leaves, `stamps` turns stamps into an RTT, `flight` turns packets
into a round, and `engine` makes it all happen. Only `engine` and `socket` do I/O.
"""
