"""How long a web server takes to answer, phase by phase, and whether it says what it should.

What is measured, and by which clock:

- The round's counts and RTT are the TCP handshake's, by the kernel (probes/connect.py). A server that
  connects and then fails has answered, and the reason says how it failed.
- dns: what the round waited for the name (probes/resolve.py looks names up once a minute, in between
  this is next to nothing; there is none for a literal). connect: the handshake's RTT. tls: the TLS
  handshake. first byte: from the request to the first byte of the answer. total: all of it, to the
  body's last byte. All but connect are by the monotonic clock of this process. A phase that did not
  happen is absent; where redirects are followed each phase is the sum over the hops.
- One request, one connection, HTTP/1.1 through h11. Nothing is decompressed: identity is asked for.

What a hostile server can do is bounded: the time by the deadline, the memory by MAX_HEAD_BYTES and the
body limit, the CPU by how many lines, interim answers and pieces are read (exchange.py), and regexes
are searched in a process of their own, which is ended when it takes too long (searching.py).
"""
