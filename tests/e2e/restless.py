"""`linkledger`, but its sweep over contracts rests a second and not a minute: a test waits for several.

python -m tests.e2e.restless run -c FILE
"""

from __future__ import annotations

from collector import sla_watch
from collector.__main__ import main
from probes.clock import NS_PER_SECOND

if __name__ == "__main__":
    sla_watch.FIRST_NS = sla_watch.SHORTEST_PAUSE_NS = NS_PER_SECOND
    sla_watch.PAUSE_TO_WORK = 0
    main()
