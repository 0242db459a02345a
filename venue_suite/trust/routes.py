"""Stations over HTTP: for managers, for stations that are not yet any, and for their renewal."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import msgspec
from aiohttp import web

from venue_suite.domain.errors import AlreadyExists, NotFound, Refused
from venue_suite.identity.doorkeeper import Doorkeeper
from venue_suite.identity.permissions import OPEN, Permission
from venue_suite.request_refusals import TooManyRequests
from venue_suite.routing import Call, Media, Route
from venue_suite.server.strangers import StrangerLimit
from venue_suite.trust import pairing, shapes, stations
from venue_suite.trust.desk import TlsOff, TrustDesk
from venue_suite.trust.invitations import InvitationText
from venue_suite.trust.overview import read_overview
from venue_suite.trust.peers import peer_of

PERMISSIONS = (
    Permission("stations.view", "see the stations and who asks to become one"),
    Permission("stations.manage", "invite, confirm, replace and revoke stations"),
)
EVERYBODY = ""
# How often strangers may try: one address, all together, and how often one may look how far it is.
TRIES_PER_S, TRIES_BURST = 1 / 3, 12
ALL_TRIES_PER_S, ALL_TRIES_BURST = 2.0, 60
LOOKS_PER_S, LOOKS_BURST = 2.0, 120


class StationRoutes:
    """Handlers that need the authority.

    Args:
        desk: has it.
        doorkeeper: saw the stations.

    Attributes:
        port: at which the server listens, once it does.
    """

    def __init__(self, desk: TrustDesk, doorkeeper: Doorkeeper) -> None:
        self._desk = desk
        self._doorkeeper = doorkeeper
        self.port = 0
        time_s = time.monotonic
        self._tries = StrangerLimit(TRIES_PER_S, TRIES_BURST, time_s)
        self._all_tries = StrangerLimit(ALL_TRIES_PER_S, ALL_TRIES_BURST, time_s)
        self._looks = StrangerLimit(LOOKS_PER_S, LOOKS_BURST, time_s)

    def routes(self) -> list[Route]:
        """All of them."""
        return [*self._for_managers(), *self._for_strangers()]

    def _for_managers(self) -> list[Route]:
        manage = "stations.manage"
        name = shapes.StationName(name="kiosk-2")
        invite = shapes.Invite(name="kiosk-2", kind="kiosk")
        taken = (AlreadyExists, Refused)
        return [
            Route(
                "GET", "/stations", self.get_stations, "stations.view",
                reply=shapes.StationsOverview,
            ),
            Route(
                "POST", "/stations/add", self.post_add, manage,
                body=shapes.AddStation, reply=shapes.Enrolment, refusals=(TlsOff, *taken),
            ),
            Route(
                "POST", "/stations/invite", self.post_invite, manage, keyed=False,
                body=shapes.Invite, reply=shapes.Invitation, example=invite,
                refusals=(TlsOff, NotFound, *taken),
            ),
            Route(
                "POST", "/stations/confirm", self.post_confirm, manage,
                body=shapes.Confirm, reply=shapes.StationName,
                example=shapes.Confirm(waiting_id=1, code="123456"),
                refusals=(TlsOff, NotFound, pairing.CodeDiffers, pairing.PairingOver, *taken),
            ),
            Route(
                "POST", "/stations/reject", self.post_reject, manage,
                body=shapes.Reject, reply=shapes.StationName, example=shapes.Reject(waiting_id=1),
                refusals=(NotFound, pairing.PairingOver),
            ),
            Route(
                "POST", "/stations/revoke", self.post_revoke, manage,
                body=shapes.StationName, reply=shapes.StationName, example=name,
                refusals=(NotFound,),
            ),
        ]  # fmt: skip

    def _for_strangers(self) -> list[Route]:
        return [
            Route(
                "GET", "/stations/authority", self.get_authority, OPEN,
                reply=Media("application/x-pem-file"), refusals=(TlsOff,),
            ),
            Route(
                "POST", "/stations/pair", self.post_pair, OPEN,
                body=shapes.UseInvitation, reply=shapes.Enrolment,
                refusals=(TlsOff, TooManyRequests, pairing.InvitationUsed, AlreadyExists),
            ),
            Route(
                "POST", "/stations/pair/begin", self.post_begin, OPEN,
                body=shapes.Begin, reply=shapes.Begun,
                refusals=(TlsOff, TooManyRequests, pairing.TooManyWaiting),
            ),
            Route(
                "POST", "/stations/pair/reveal", self.post_reveal, OPEN,
                body=shapes.Reveal, reply=shapes.PairingState,
                refusals=(
                    TlsOff, TooManyRequests, NotFound, pairing.CodeDiffers, pairing.PairingOver,
                ),
            ),
            Route(
                "POST", "/stations/pair/look", self.post_look, OPEN, keyed=False,
                body=shapes.Look, reply=shapes.PairingState,
                refusals=(TooManyRequests, NotFound),
            ),
            Route(
                "POST", "/stations/renew", self.post_renew, OPEN,
                body=shapes.Renew, reply=shapes.Enrolment,
                refusals=(
                    TlsOff, TooManyRequests, stations.StationRevoked, stations.RenewalTooLate,
                ),
            ),
        ]  # fmt: skip

    # --- managers ----------------------------------------------------------------------------

    async def get_stations(self, call: Call) -> shapes.StationsOverview:
        """The stations, those that ask to become one, and open invitations."""
        return await call.read(read_overview, self._doorkeeper.seen, self._desk.shown_key)

    async def post_add(self, call: Call) -> msgspec.Raw:
        """Make whoever holds the request's key a station, at once."""
        wanted = await call.body(shapes.AddStation)
        return await call.write(stations.enrol_by_manager, self._desk.authority, wanted)

    async def post_invite(self, call: Call) -> shapes.Invitation:
        """Make an invitation, for ten minutes and one station. Its token is stored nowhere."""
        wanted = await call.body(shapes.Invite)
        authority = self._desk.authority
        committed = await call.context.database.commit(
            pairing.make_invitation, wanted, actor=call.actor
        )
        token, expires_ms = committed.value
        address = wanted.address or self._desk.address_for_stations(self.port)
        expires_at = datetime.fromtimestamp(expires_ms / 1000, UTC)
        text = InvitationText(
            authority.public_bytes, token, expires_at, wanted.kind, address, wanted.name
        )
        return shapes.Invitation(
            text=text.write(),
            name=wanted.name,
            kind=wanted.kind,
            address=address,
            authority=self._desk.shown_key,
            expires_at=expires_at,
        )

    async def post_confirm(self, call: Call) -> msgspec.Raw:
        """Say that the station shows this code: it becomes a station of the venue."""
        wanted = await call.body(shapes.Confirm)
        return await call.write(pairing.confirm_pairing, self._desk.authority, wanted)

    async def post_reject(self, call: Call) -> msgspec.Raw:
        """Send a station that waits away."""
        return await call.write(pairing.reject_pairing, await call.body(shapes.Reject))

    async def post_revoke(self, call: Call) -> msgspec.Raw:
        """Take a station out of service at once."""
        return await call.write(stations.revoke_station, await call.body(shapes.StationName))

    # --- strangers ---------------------------------------------------------------------------

    async def get_authority(self, call: Call) -> web.Response:
        """The certificate of the venue's authority, to be installed in a browser of the staff."""
        body = self._desk.authority.pem.encode()
        return web.Response(body=body, content_type="application/x-pem-file")

    async def post_pair(self, call: Call) -> msgspec.Raw:
        """Use an invitation."""
        self._take_try(call)
        wanted = await call.body(shapes.UseInvitation)
        return await call.write(pairing.use_invitation, self._desk.authority, wanted)

    async def post_begin(self, call: Call) -> msgspec.Raw:
        """Ask to become a station; commits to a nonce."""
        self._take_try(call)
        wanted = await call.body(shapes.Begin)
        address = call.request.remote or ""
        return await call.write(pairing.begin_pairing, self._desk.authority, wanted, address)

    async def post_reveal(self, call: Call) -> msgspec.Raw:
        """Open the commitment: from now on managers see the code."""
        self._take_try(call)
        wanted = await call.body(shapes.Reveal)
        return await call.write(pairing.reveal_nonce, self._desk.authority, wanted)

    async def post_look(self, call: Call) -> shapes.PairingState:
        """How far the pairing is."""
        self._looks.take(call.request.remote or "")
        wanted = await call.body(shapes.Look)
        return await call.read(pairing.look_at_pairing, wanted.handle)

    async def post_renew(self, call: Call) -> msgspec.Raw:
        """A new certificate for the station whose certificate this connection shows, also up to
        thirty days after that one's end."""
        self._take_try(call)
        wanted = await call.body(shapes.Renew)
        shown = peer_of(call.request).fingerprint
        return await call.write(stations.renew_station, self._desk.authority, shown, wanted.request)

    def _take_try(self, call: Call) -> None:
        self._tries.take(call.request.remote or "")
        self._all_tries.take(EVERYBODY)
