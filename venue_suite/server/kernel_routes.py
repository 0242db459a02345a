"""The kernel's own routes: health, venue, sign-in, plugins, the staff call, the feed."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from aiohttp import web

from venue_suite import __version__
from venue_suite.database import Work
from venue_suite.domain.actors import Actor
from venue_suite.domain.digests import hash_secret
from venue_suite.identity import services as identity
from venue_suite.identity.doorkeeper import Doorkeeper
from venue_suite.identity.factor_tickets import FactorWanted
from venue_suite.identity.own_routes import me_of, session_of
from venue_suite.identity.permissions import OPEN, SIGNED_IN
from venue_suite.identity.places import bearer, find_place
from venue_suite.identity.rules import PIN
from venue_suite.identity.serving import people_of
from venue_suite.plugin_manager import PluginStatus
from venue_suite.routing import Call, Nothing, Route
from venue_suite.server import feed_socket
from venue_suite.server.feed_hub import FeedHub
from venue_suite.settings import VenueIdentity, read_identity
from venue_suite.trust.desk import TrustDesk
from venue_suite.trust.peers import peer_of
from venue_suite.wire import CallStaff, FollowFeed, Health, Me, PluginRow, Session, SignIn, Venue


class KernelRoutes:
    """Handlers that need more of the server than a plugin's do.

    Args:
        doorkeeper: forgets tokens at sign-out.
        desk: hangs up on followers who are nobody any more.
        hub: the live feed.
        statuses: the plugin table as it is now.
    """

    def __init__(
        self,
        doorkeeper: Doorkeeper,
        desk: TrustDesk,
        hub: FeedHub,
        statuses: Callable[[], Sequence[PluginStatus]],
    ) -> None:
        self._doorkeeper = doorkeeper
        self._desk = desk
        self._hub = hub
        self._statuses = statuses
        self._started = time.monotonic()

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/health", self.get_health, OPEN, reply=Health),
            Route("GET", "/venue", self.get_venue, OPEN, reply=Venue),
            Route(
                "POST",
                "/sign-in",
                self.post_sign_in,
                OPEN,
                body=SignIn,
                reply=Session,
                refusals=(identity.WrongPin, identity.SignInBlocked, FactorWanted),
                example=SignIn(code="C01", pin="246801", station="console-1"),
                keyed=False,
            ),
            Route(
                "POST",
                "/sign-out",
                self.post_sign_out,
                SIGNED_IN,
                reply=Nothing,
                keyed=False,
            ),
            Route("GET", "/me", self.get_me, SIGNED_IN, reply=Me),
            Route("GET", "/plugins", self.get_plugins, SIGNED_IN, reply=list[PluginRow]),
            Route(
                "POST",
                "/stations/call",
                self.post_call,
                SIGNED_IN,
                body=CallStaff,
                reply=Nothing,
                example=CallStaff(code="P-02", screen="tickets"),
            ),
            Route("GET", "/feed", self.get_feed, SIGNED_IN, query=FollowFeed),
        ]

    async def get_health(self, call: Call) -> Health:
        """Whether the server serves, and since when."""
        return Health(
            state="ready",
            version=__version__,
            uptime_s=round(time.monotonic() - self._started, 3),
            feed_seq=self._hub.last_seq,
        )

    async def get_venue(self, call: Call) -> Venue:
        """Who this venue is."""
        identity_now: VenueIdentity = await call.read(read_identity)
        context = call.context
        return Venue(
            name=identity_now.name,
            address=identity_now.address,
            phone=identity_now.phone,
            currency=identity_now.currency,
            time_zone=identity_now.time_zone,
            day_cut_off_hour=identity_now.day_cut_off_hour,
            languages=identity_now.languages,
            key=context.signer.fingerprint,
            ticket_keys={key.hex(): public.hex() for key, public in context.public_keys.items()},
            server_time=context.database.seams.now(),
            version=__version__,
        )

    async def post_sign_in(self, call: Call) -> Session:
        """Sign staff in."""
        wanted = await call.body(SignIn)
        people = people_of(call)
        where = await find_place(call.request, people.doorkeeper, PIN, wanted.station)
        token = await people.sign_in(wanted.code, wanted.pin, where)
        return await session_of(call, token)

    async def post_sign_out(self, call: Call) -> Nothing:
        """End the session of the token that is shown."""
        token = bearer(call.request)
        await call.context.database.write(identity.end_session, hash_secret(token))
        self._doorkeeper.forget(token)
        return Nothing()

    async def get_me(self, call: Call) -> Me:
        """Who the token stands for, and what they may do."""
        return me_of(call.actor)

    async def get_plugins(self, call: Call) -> list[PluginRow]:
        """The plugins and their states."""
        return [
            PluginRow(
                name=status.name,
                summary=status.summary,
                version=status.version,
                state=status.state.value,
                reason=status.reason,
            )
            for status in self._statuses()
        ]

    async def post_call(self, call: Call) -> msgspec.Raw:
        """Call staff to this station."""
        wanted = await call.body(CallStaff)
        return await call.write(_call_staff, wanted)

    async def get_feed(self, call: Call) -> web.StreamResponse:
        """Follow the feed over a WebSocket: the backlog, `feed.caught_up`, then what happens."""
        token, peer = bearer(call.request), peer_of(call.request)

        def recognise() -> Awaitable[Actor]:
            return self._doorkeeper.recognise(token, peer, in_use=False)

        with self._desk.following(call.request, recognise):
            return await feed_socket.follow(call, self._hub, recognise)


def _call_staff(work: Work, wanted: CallStaff) -> Nothing:
    station = work.actor.station or work.actor.code
    work.record(
        "station.called_staff", f"station/{station}", code=wanted.code, screen=wanted.screen
    )
    return Nothing()
