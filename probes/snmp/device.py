"""What is known of one agent, shared by all series that ask it: the names of its interfaces.

The table is read once for all of them, and again only when somebody finds it wrong. A table too large
for one poll's time is read on behind it, and is there for the next.
"""

from __future__ import annotations

import asyncio

from probes.clock import NS_PER_SECOND, Clock, Instant
from probes.model import Failure, Reason
from probes.snmp.ber import Oid, Tag
from probes.snmp.client import Agent, SnmpClient, silence
from probes.snmp.interfaces import NAMES, Table, text_of

MOST_ROWS = 20_000
"""Rows of a column, after which an agent is not believed to come to an end."""
_READING_NS = 120 * NS_PER_SECOND
"""How long a table may take to read, however many polls that is."""


class Device:
    """One agent's table of interfaces."""

    def __init__(self, agent: Agent, client: SnmpClient, clock: Clock) -> None:
        self.agent = agent
        self._client = client
        self._clock = clock
        self._table: Table | None = None
        self.begun = clock.now()
        """When the last reading of the table began."""
        self._reading: asyncio.Task[Table | Failure] | None = None
        self._rows = 0

    async def table(self, since: Instant, deadline: Instant) -> Table | Failure:
        """A table that was begun after `since`, or is being read, waited for until `deadline`."""
        if self._table is not None and self.begun - since > 0:
            return self._table
        left_ns = max(0, deadline - self._clock.now())
        if self._reading is None:
            self.begun, self._rows, self._table = self._clock.now(), 0, None
            name = f"interfaces of {self.agent.address}"
            self._reading = asyncio.create_task(self._read(left_ns), name=name)
        reading = self._reading
        await asyncio.wait([reading], timeout=left_ns / NS_PER_SECOND)
        if reading.done():
            return reading.result()
        if not self._rows:
            return Failure(Reason.TIMEOUT, silence(self.agent.credentials))
        said = f"the table of interfaces is still being read, {self._rows} rows so far"
        return Failure(Reason.PROTOCOL, said)

    async def aclose(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self, page_ns: int) -> Table | Failure:
        """Column by column; a page may take `page_ns`."""
        try:
            until = self._clock.now().plus(_READING_NS)
            names = dict[str, dict[int, str]]()
            for column, root in NAMES.items():
                rows = await self._column(root, page_ns, until)
                if isinstance(rows, Failure):
                    return rows
                names[column] = rows
            self._table = Table(names)
            return self._table
        finally:
            self._reading = None

    async def _column(self, root: Oid, page_ns: int, until: Instant) -> dict[int, str] | Failure:
        """Names by ifIndex, page by page until the column ends or goes in circles."""
        rows, last, size = dict[int, str](), root, len(root)
        while True:
            now = self._clock.now()
            page = await self._client.next_rows(self.agent, last, now.plus(min(page_ns, until - now)))
            if isinstance(page, Failure):
                return page
            if not page.varbinds:
                return Failure(Reason.PROTOCOL, "the agent answers the question for a table with nothing")
            for oid, value in page.varbinds:
                if value.tag == Tag.END_OF_MIB_VIEW or oid[:size] != root:
                    return rows
                if oid <= last:
                    return Failure(
                        Reason.PROTOCOL, f"the agent's table goes in circles (after {_dotted(last)})"
                    )
                last = oid
                if len(oid) == size + 1 and (name := text_of(value)) is not None:
                    rows[oid[-1]] = name
                self._rows += 1
            if len(rows) > MOST_ROWS:
                return Failure(
                    Reason.PROTOCOL, f"the agent's table has no end ({len(rows)} interfaces so far)"
                )


def _dotted(oid: Oid) -> str:
    return ".".join(map(str, oid))
