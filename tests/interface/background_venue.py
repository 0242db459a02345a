"""A venue that is served by a thread of its own, for tests that speak plain blocking HTTP."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from venue_suite.database import Work
from venue_suite.domain.digests import hash_secret
from venue_suite.identity.tables import SessionRow, StaffRow
from venue_suite.server.route_table import RouteTable
from venue_suite.testing import MovableClock, ServedVenue, token_of


class BackgroundVenue:
    """A served venue, between `with` and its end.

    Args:
        folder: the venue's data.
        settings: keys of `Config` that differ.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any] | None = None) -> None:
        self._venue = ServedVenue(folder, MovableClock(), settings)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> BackgroundVenue:
        self._thread.start()
        self._run(self._venue.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._venue.__aexit__())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def address(self) -> str:
        return self._venue.address

    @property
    def port(self) -> int:
        return self._venue.server.port

    @property
    def table(self) -> RouteTable:
        return self._venue.server.table

    def write(self, service: Callable[..., Any], *args: Any) -> Any:
        """Run a service as the system itself."""
        return self._run(self._venue.server.database.write(service, *args))

    def revive(self, role: str) -> str:
        """Let a member of staff be signed in as at the beginning, whatever happened; the token."""
        self.write(_revive, role)
        return token_of(role)

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


def _revive(work: Work, role: str) -> None:
    StaffRow.update(active=True, role=role).where(StaffRow.code == f"T-{role.upper()}").execute()
    session = SessionRow.get(SessionRow.token_hash == hash_secret(token_of(role)))
    session.ended_at = None
    session.save()
