"""`linkledger`, but an outage's end is told after seconds: a test can't wait a minute for it.

python -m tests.e2e.impatient run -c FILE
"""

from __future__ import annotations

from collector.__main__ import main
from collector.notices import incidents

STEADY_MS = 2_000

if __name__ == "__main__":
    incidents.STEADY_MS = STEADY_MS
    main()
