"""Who asks: looked up once, then remembered for a short time.

Over TLS a station is known by its certificate and by nothing else, and a session counts only on
connections of the station where it was opened, or of none if it was opened in a browser. Without
TLS, which is for the same machine only, stations show a key.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from venue_suite.database.facade import Database
from venue_suite.database.work import View
from venue_suite.domain.actors import EVERYTHING, Actor
from venue_suite.domain.digests import hash_secret
from venue_suite.domain.errors import NotSignedIn, VenueError
from venue_suite.domain.facts import Fact
from venue_suite.identity.permissions import Permission
from venue_suite.identity.roles import RoleBook
from venue_suite.identity.sessions import find_session, note_seen
from venue_suite.trust.peers import NO_PEER, Peer
from venue_suite.trust.stations import find_station
from venue_suite.trust.tables import StationRow

logger = logging.getLogger(__name__)

REMEMBER_S = 30.0
REMEMBERED_MAX = 4096
# After these facts somebody may be another, or may do something else, than what is remembered.
CHANGES = ("identity.", "stations.")
NO_CHANGES = frozenset(
    {
        *("identity.signed_in", "identity.sign_in_blocked", "identity.approval_used"),
        *("stations.waiting", "stations.invited", "stations.rejected"),
    }
)
# Whoever can read the server's own key files may manage the venue from its machine.
LOCAL_MANAGER = Actor("system", "local", "local", permissions=frozenset({EVERYTHING}))


class StationUnproven(NotSignedIn):
    code = "station_unproven"
    default_template = "This connection does not prove that it is the station {name}."


@dataclass(slots=True)
class _Known:
    """What a token stood for when it was looked up. `is_noted`: its use was written down since."""

    until_s: float
    generation: int
    actor: Actor
    is_noted: bool


class Doorkeeper:
    """Turns tokens and certificates into actors.

    Args:
        database: where staff, stations and sessions are.
        declared: all permissions of kernel and plugins.

    Attributes:
        roles: what each role may do.
        seen: station -> when it last asked something, seconds since 1970.
    """

    def __init__(self, database: Database, declared: Sequence[Permission]) -> None:
        self._database = database
        self.roles = RoleBook(declared)
        self._local_key = ""
        self.seen: dict[str, float] = {}
        self._remembered: dict[tuple[Peer, str], _Known] = {}
        self._generation = 0
        self._noting: set[asyncio.Task[None]] = set()
        database.on_commit(self._hear)

    async def recognise(self, token: str, peer: Peer = NO_PEER, *, in_use: bool = True) -> Actor:
        """The actor of a token and the connection that it came over.

        Args:
            token: "" for a station that only shows its certificate.
            in_use: this is somebody's request, which keeps their session from idling out; a feed
                that is only followed is not.

        Raises:
            NotSignedIn: they stand for nobody (any more).
            StationRevoked, CertificateExpired: the station's certificate does not.
        """
        if not token and not peer.fingerprint:
            raise NotSignedIn
        key = hash_secret(token) if token else ""
        if self._local_key and peer.is_local and hmac.compare_digest(key, self._local_key):
            return LOCAL_MANAGER
        now_s = self._database.seams.time_s()
        known = self._remembered.get((peer, key))
        if known is None or known.until_s <= now_s or known.generation != self._generation:
            known = await self._ask(peer, key, now_s)
        if in_use and not known.is_noted:
            known.is_noted = True
            self._note(key, now_s)
        if in_use and known.actor.station:
            self.seen[known.actor.station] = now_s
        return known.actor

    def take_local(self, token: str) -> None:
        """From now on whoever shows this token from this machine is its manager."""
        self._local_key = hash_secret(token)

    async def prove_station(self, peer: Peer, claimed: str) -> str:
        """Where somebody signs in: the station of the connection's certificate, "" for none.

        Args:
            claimed: what they say; counts by itself only without TLS.

        Raises:
            StationUnproven: they claim a station that the connection is not.
        """
        if not peer.is_secure:
            return claimed
        proven = (await self.recognise("", peer)).station if peer.fingerprint else ""
        if claimed not in ("", proven):
            raise StationUnproven(name=claimed)
        return proven

    def forget(self, token: str) -> None:
        """A session ended or a right changed: look everybody up again."""
        self._generation += 1

    async def _ask(self, peer: Peer, key: str, now_s: float) -> _Known:
        # What is found is as old as the question: a change meanwhile makes it worthless.
        generation = self._generation
        try:
            actor, until_s = await self._database.read(self._look_up, peer, key)
        except NotSignedIn:
            self._remembered.pop((peer, key), None)
            raise
        if len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.clear()
        until_s = min(until_s, now_s + REMEMBER_S)
        known = _Known(until_s, generation, actor, is_noted=actor.kind != "staff")
        self._remembered[(peer, key)] = known
        return known

    def _look_up(self, view: View, peer: Peer, key: str) -> tuple[Actor, float]:
        """The actor, and until when (seconds since 1970) that is so at the most."""
        station, until_s = "", float("inf")
        if peer.fingerprint:
            station, kind, until_ms = find_station(view, peer.fingerprint)
            until_s = until_ms / 1000
            if not key:
                return self.roles.station_actor(view, station, kind), until_s
        elif not peer.is_secure:
            row = StationRow.get_or_none(StationRow.key_hash == key, StationRow.active)
            if row is not None:
                return self.roles.station_actor(view, row.name, row.kind), until_s
        session = find_session(view, key, grace_ms=int(REMEMBER_S * 1000))
        if session is None or (peer.is_secure and session.station != station):
            raise NotSignedIn
        return self.roles.staff_actor(view, session.staff, session.station), until_s

    def _hear(self, facts: Sequence[Fact]) -> None:
        """Told of every commit, in the writer's thread, before anybody gets an answer to it."""
        if any(one.kind.startswith(CHANGES) and one.kind not in NO_CHANGES for one in facts):
            self._generation += 1

    def _note(self, key: str, now_s: float) -> None:
        """Write the use of a session down beside the request, which need not wait for it."""
        task = asyncio.create_task(self._write_use(key, int(now_s * 1000)))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _write_use(self, key: str, seen_ms: int) -> None:
        try:
            await self._database.write(note_seen, key, seen_ms)
        except VenueError as refusal:  # too busy, or closing: the next request tries again
            logger.debug("the use of a session was not written down: %s", refusal)
