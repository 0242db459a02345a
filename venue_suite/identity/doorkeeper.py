"""Who stands behind a token: looked up once, then remembered for a short time."""

from __future__ import annotations

from collections.abc import Sequence

from venue_suite.database.facade import Database
from venue_suite.database.rows import from_ms
from venue_suite.database.work import View
from venue_suite.domain.actors import Actor
from venue_suite.domain.digests import hash_secret
from venue_suite.domain.errors import NotSignedIn
from venue_suite.identity.permissions import Permission, permissions_of
from venue_suite.identity.tables import SessionRow, StaffRow
from venue_suite.trust.tables import StationRow

REMEMBER_S = 30.0
REMEMBERED_MAX = 4096


class Doorkeeper:
    """Turns tokens into actors.

    Args:
        database: where staff, stations and sessions are.
        declared: all permissions of kernel and plugins.
    """

    def __init__(self, database: Database, declared: Sequence[Permission]) -> None:
        self._database = database
        self._declared = declared
        self._remembered: dict[str, tuple[float, Actor]] = {}
        self._forgotten = 0

    async def recognise(self, token: str) -> Actor:
        """The actor of a token. Raises NotSignedIn if it stands for nobody (any more)."""
        if not token:
            raise NotSignedIn
        key = hash_secret(token)
        now_s = self._database.seams.time_s()
        known = self._remembered.get(key)
        if known is not None and known[0] > now_s:
            return known[1]
        forgotten = self._forgotten
        actor = await self._database.read(self._look_up, key)
        if actor is None:
            self._remembered.pop(key, None)
            raise NotSignedIn
        if len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.clear()
        if forgotten == self._forgotten:  # else this may be what was just signed out
            self._remembered[key] = (now_s + REMEMBER_S, actor)
        return actor

    def forget(self, token: str) -> None:
        """A session ended or a right changed: look it up again."""
        self._forgotten += 1
        self._remembered.pop(hash_secret(token), None)

    def _look_up(self, view: View, key: str) -> Actor | None:
        station = StationRow.get_or_none(StationRow.key_hash == key, StationRow.active)
        if station is not None:
            rights = permissions_of(station.kind, self._declared)
            return Actor("station", station.name, station.name, station.name, station.kind, rights)
        session = (
            SessionRow.select(SessionRow, StaffRow)
            .join(StaffRow)
            .where(
                SessionRow.token_hash == key,
                SessionRow.ended_at.is_null(),
                SessionRow.expires_at > from_ms(view.now_ms),
                StaffRow.active,
            )
            .first()
        )
        if session is None:
            return None
        staff = session.staff
        rights = permissions_of(staff.role, self._declared)
        return Actor("staff", staff.code, staff.name, session.station, "console", rights)
