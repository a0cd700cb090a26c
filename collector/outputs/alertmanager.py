"""Prometheus's Alertmanager, told directly by its API v2: for a site without a Prometheus.

An alert fires while it is sent again and again, each time with an end four re-sends ahead, and is
resolved by an end that is now. One that it refuses (400: the good ones beside it are taken) is found
by sending each alone; it is counted, and not sent again by this process.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from collector.notices.notice import Event, Notice
from collector.outputs.answers import Action, Do
from collector.outputs.http import Poster, Receiver, one_by_one
from collector.outputs.wording import alert, labels
from config.outputs import AlertmanagerOutput
from probes.clock import Clock

RESENDS_AHEAD = 4
AT_ONCE = 256
"""So many alerts go into one request."""

Key = tuple[tuple[str, str], ...]
"""An alert's labels, sorted: what makes it that alert."""


class Alertmanager:
    """A notifier (see notifier.Notifier) to one Alertmanager."""

    gather_ms = apart_ms = 0  # it groups and paces itself

    def __init__(self, name: str, settings: AlertmanagerOutput, clock: Clock) -> None:
        self.name = name
        self.resend_ms: int | None = settings.resend.ms
        self._settings = settings
        self._clock = clock
        receiver = Receiver(
            url=f"{settings.url.rstrip('/')}/api/v2/alerts",
            timeout=settings.timeout,
            ca_file=settings.ca_file,
            username=settings.username,
            password=settings.password,
            bearer=settings.bearer,
        )
        self._poster = Poster(receiver, clock)
        self._firing: dict[Key, Notice] = {}
        """What we last said that it fires."""
        self._refused: set[Key] = set()

    async def tell(self, notices: Sequence[Notice]) -> Action:
        """Fire what began, resolve what ended; of one circuit the last word counts."""
        last = {self._key(one): one for one in notices}
        over = {key: one for key, one in last.items() if one.event is Event.OUTAGE_END}
        begun = {key: one for key, one in last.items() if key not in over}
        action = await self._post(begun.values(), over.values())
        if action.do is Do.ACCEPT:
            self._firing = {key: one for key, one in (self._firing | begun).items() if key not in over}
        return action

    async def refresh(self, standing: Sequence[Notice]) -> Action:
        """Send again what stands and resolve what no longer does; an empty list shows that it listens."""
        firing = {self._key(one): one for one in standing}
        gone = [one for key, one in self._firing.items() if key not in firing]
        action = await self._post(firing.values(), gone)
        if action.do is Do.ACCEPT:
            self._firing = firing
        return action

    async def aclose(self) -> None:
        """Close connections."""
        await self._poster.aclose()

    def _key(self, notice: Notice) -> Key:
        return tuple(sorted(labels(notice, self._settings.labels).items()))

    async def _post(self, firing: Iterable[Notice], over: Iterable[Notice]) -> Action:
        now_ms = self._clock.now().wall_ms
        ahead_ms = RESENDS_AHEAD * (self.resend_ms or 0)
        ends = [*((one, now_ms + ahead_ms) for one in firing), *((one, now_ms) for one in over)]
        ends = [(one, end_ms) for one, end_ms in ends if self._key(one) not in self._refused]
        rejected, why = 0, ""
        for first in range(0, max(len(ends), 1), AT_ONCE):
            action, refused = await one_by_one(ends[first : first + AT_ONCE], self._request)
            if action.do is not Do.ACCEPT:
                return action
            self._refused |= {self._key(one) for one, _ in refused}
            rejected, why = rejected + action.rejected, why or action.why
        return Action(Do.ACCEPT, why, rejected=rejected)

    async def _request(self, ends: Sequence[tuple[Notice, int]]) -> Action:
        made: list[dict[str, Any]] = [alert(one, self._settings.labels, end_ms) for one, end_ms in ends]
        return await self._poster.post(json.dumps(made).encode())
