"""`linkledger`, but a report that could not be sent is tried again after seconds, not a minute.

python -m tests.e2e.prompt run -c FILE
"""

from __future__ import annotations

from collector import reporting
from collector.__main__ import main
from collector.reports import schedule
from probes.clock import NS_PER_SECOND

if __name__ == "__main__":
    schedule.FIRST_BACK_OFF_MS = 2_000
    reporting.LOOK_NS = NS_PER_SECOND
    main()
