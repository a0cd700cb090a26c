"""Networks on one machine: namespaces, and a WAN in user space that delays, loses and cuts.

`tc netem` is missing from many kernels, and it can't be asked what it did. Here a process of its own
carries every packet between two TUN devices, counts what became of it, and tells when it was cut.

    with Lab() as lab:
        edge, far = lab.host("edge"), lab.host("far")
        wan = lab.wan("acme", edge, far, delay_ms=10, loss=0.01)
        far.answer("203.0.113.0/24")
        edge.route("203.0.113.0/24", wan)
        edge.run(["ping", "-c", "3", "203.0.113.7"])
        wan.cut()
"""

from tests.lab.lab import Host, Lab, Link
from tests.lab.wan import Counts, Wan

__all__ = ["Counts", "Host", "Lab", "Link", "Wan"]
