"""A webhook: notices as JSON to a URL, signed where a key is configured.

    POST URL
    X-Linkledger-Signature: sha256=HEX      HMAC-SHA256 of the body (RFC 2104)

    {"version": 1, "host": "edge-lon-01", "notices": [{"id": 17, "event": "outage_start", ...}, ...]}

Any 2xx takes them. An `id` that comes twice is the same notice: the answer to its first was lost.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from collector.notices.notice import Notice
from collector.outputs.answers import Action, Do
from collector.outputs.http import Poster, Receiver, one_by_one
from collector.outputs.wording import document
from config.outputs import WebhookOutput
from probes.clock import Clock

SIGNATURE = "X-Linkledger-Signature"


class Webhook:
    """A notifier (see notifier.Notifier) to one URL."""

    gather_ms, apart_ms, resend_ms = 4_000, 0, None

    def __init__(self, name: str, settings: WebhookOutput, host: str, clock: Clock) -> None:
        self.name = name
        self._settings = settings
        self._host = host
        receiver = Receiver(
            url=settings.url,
            timeout=settings.timeout,
            ca_file=settings.ca_file,
            username=settings.username,
            password=settings.password,
            bearer=settings.bearer,
        )
        self._poster = Poster(receiver, clock)

    async def tell(self, notices: Sequence[Notice]) -> Action:
        """Post them in one body; each alone where the receiver refuses them together."""
        action, _ = await one_by_one(notices, self._request)
        return action

    async def refresh(self, standing: Sequence[Notice]) -> Action:
        """Nothing: it was told once."""
        return Action(Do.ACCEPT)

    async def aclose(self) -> None:
        """Close connections."""
        await self._poster.aclose()

    async def _request(self, notices: Sequence[Notice]) -> Action:
        body = document(notices, self._host)
        return await self._poster.post(body, self._signed(body), any_page=True)

    def _signed(self, body: bytes) -> dict[str, str]:
        key = self._settings.hmac
        if key is None:
            return {}
        return {SIGNATURE: f"sha256={hmac.new(key.reveal().encode(), body, hashlib.sha256).hexdigest()}"}
