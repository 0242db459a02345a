"""A station that proves who it is: its certificate while a program runs, renewed by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from venue_suite.seams import Seams
from venue_suite.trust import certificates as x
from venue_suite.trust.credentials import (
    Credentials,
    begin_renewal,
    end_renewal,
    keep_credentials,
)
from venue_suite.trust.shapes import Enrolment, Renew
from venue_suite.trust.tls import make_client_context

logger = logging.getLogger(__name__)

TRY_AGAIN_S = 3600.0
Ask = Callable[[Renew, str], Awaitable[Enrolment]]


class StationIdentity:
    """The identity of one station, for one client.

    Args:
        credentials: what is kept.
        seams: clock and chance.

    Attributes:
        context: of TLS: shows the station's certificate, takes the venue's server only.
    """

    def __init__(self, credentials: Credentials, seams: Seams) -> None:
        self._credentials = credentials
        self._seams = seams
        self._tried_s = float("-inf")
        self.context = make_client_context(
            credentials.authority.pem, self._now, credentials.own_file
        )

    @property
    def name(self) -> str:
        return self._credentials.about.name

    @property
    def expires_at(self) -> datetime:
        return self._credentials.leaf.expires_at

    def _now(self) -> datetime:
        """Never earlier than when the certificate was made: a clock may have stopped."""
        return max(self._seams.now(), self._credentials.leaf.issued_at)

    def is_due(self) -> bool:
        """Whether it is time to ask for a new certificate, and none was asked for lately."""
        now_s = self._seams.time_s()
        is_recent = 0 <= now_s - self._tried_s < TRY_AGAIN_S
        return not is_recent and self._credentials.leaf.is_due(datetime.fromtimestamp(now_s, UTC))

    async def renew(self, ask: Ask) -> None:
        """Get a new certificate for a new key, and use it for what is connected from now on.

        Args:
            ask: sends the request under the operation id.

        Raises:
            VenueError: the server or the disk refuses; the next try is an hour later.
        """
        self._tried_s = self._seams.time_s()
        folder = self._credentials.folder
        following = await asyncio.to_thread(begin_renewal, folder, self._seams.make_id())
        key = x.key_from_pem(following.key)
        wanted = Renew(request=x.make_request(key))
        enrolment = await ask(wanted, following.operation_id)
        server = self._credentials.about.server
        self._credentials = await asyncio.to_thread(
            keep_credentials, folder, key, enrolment, server
        )
        self.context.load_cert_chain(self._credentials.own_file)
        logger.info(
            "this station has a new certificate",
            extra={"until": self._credentials.leaf.expires_at.isoformat()},
        )

    async def give_up(self) -> None:
        """The server refused the renewal: the next one begins anew."""
        await asyncio.to_thread(end_renewal, self._credentials.folder)
