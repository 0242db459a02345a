"""The JSON shapes of the routes of stations, shared by server, stations and the command line."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

StationKind = Literal["kiosk", "console", "gate"]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Short = Annotated[str, msgspec.Meta(max_length=128)]
Pem = Annotated[str, msgspec.Meta(max_length=2048)]
Hex32 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class _In(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What comes in: an unknown field is a mistake."""


class _Out(msgspec.Struct, frozen=True, kw_only=True):
    """What goes out: a newer server may say more."""


class StationName(_In, frozen=True):
    name: Name


class AddStation(_In, frozen=True):
    """`request`: certificate request of the station's key. `replace`: a known station's new key."""

    name: Name
    kind: StationKind
    request: Pem
    replace: bool = False


class Invite(_In, frozen=True):
    """`address`: `host:port` at which the station reaches the server; empty lets the server say."""

    name: Name
    kind: StationKind
    address: Short = ""
    replace: bool = False


class Confirm(_In, frozen=True):
    """`code`: what the manager sees at the station. `replace`: it takes a known station's place."""

    waiting_id: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    code: Short
    replace: bool = False


class Reject(_In, frozen=True):
    waiting_id: Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class UseInvitation(_In, frozen=True):
    token: Short
    request: Pem


class Begin(_In, frozen=True):
    """`commitment`: see `venue_suite.trust.code`."""

    name: Name
    kind: StationKind
    request: Pem
    commitment: Hex32


class Reveal(_In, frozen=True):
    handle: Short
    nonce: Hex32


class Look(_In, frozen=True):
    handle: Short


class Renew(_In, frozen=True):
    request: Pem


class Enrolment(_Out, frozen=True):
    """What makes a program a station: its certificate, and the authority that it pins (PEM)."""

    name: str
    kind: str
    certificate: str
    authority: str


class Begun(_Out, frozen=True):
    """`handle`: for all further questions; secret. `nonce`: the server's, hexadecimal."""

    handle: str
    nonce: str
    authority: str
    expires_at: datetime


class PairingState(_Out, frozen=True):
    """`state`: begun, waiting, confirmed, rejected, expired."""

    state: str
    enrolment: Enrolment | None = None


class Invitation(_Out, frozen=True):
    """`text`: for the station, also as a QR code. `authority`: of its key, for people."""

    text: str
    name: str
    kind: str
    address: str
    authority: str
    expires_at: datetime


class StationCard(_Out, frozen=True):
    """`state`: active, revoked. `certificate_until`: None for a station with a plain key only.
    `seen_at`: when it last asked something of this server process; None for not yet."""

    name: str
    kind: str
    state: str
    added_at: datetime
    certificate_until: datetime | None = None
    seen_at: datetime | None = None


class WaitingCard(_Out, frozen=True):
    """`is_known`: there is a station of that name, whose place it would take."""

    id: int
    name: str
    kind: str
    code: str
    address: str
    expires_at: datetime
    is_known: bool


class InvitedCard(_Out, frozen=True):
    name: str
    kind: str
    made_by: str
    expires_at: datetime


class StationsOverview(_Out, frozen=True):
    """`authority`: of the key of the venue's authority, for people to compare; "" without TLS."""

    stations: list[StationCard]
    waiting: list[WaitingCard]
    invited: list[InvitedCard]
    authority: str
