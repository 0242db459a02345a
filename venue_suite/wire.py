"""The JSON shapes of the kernel's own routes, shared by server and clients.

Requests carry `Authorization: Bearer <token>`: a session token of staff or the key of a station.
A refusal is `application/problem+json`: `Problem`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from venue_suite.domain.localized import Localized
from venue_suite.paging import Query

Short = Annotated[str, msgspec.Meta(max_length=64)]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal. `template` is the English sentence with braces, the key of its translation."""

    status: int
    code: str
    title: str
    template: str
    params: dict[str, object] = {}


class Health(msgspec.Struct, frozen=True, kw_only=True):
    state: str  # ready, starting, stopping
    version: str
    uptime_s: float
    feed_seq: int


class Venue(msgspec.Struct, frozen=True, kw_only=True):
    """Who this venue is. `key`: fingerprint of its ticket signing key, for people to compare."""

    name: Localized
    address: Localized
    phone: str
    currency: str
    time_zone: str
    day_cut_off_hour: int
    languages: list[str]
    key: str
    ticket_keys: dict[str, str]  # key id -> Ed25519 public key, hexadecimal
    server_time: datetime
    version: str


class SignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: Short
    pin: Short
    station: Short = ""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    me: Me
    recovery_codes: list[str] = []  # once, when a second factor was just set up


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: staff or station (its `station_kind`: kiosk, console, gate)."""

    kind: str
    code: str
    name: str
    station_kind: str
    permissions: list[str]


class PluginRow(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: enabled, disabled, quarantined, failed_to_load, missing_extra."""

    name: str
    summary: str
    version: str
    state: str
    reason: str


class CallStaff(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A visitor asks for help, or a station reports a case. `code` as on screen ("P-02", "")."""

    code: Short = ""
    screen: Short = ""


class FollowFeed(Query, frozen=True):
    """Where in the feed to begin, and what to hear of it."""

    start: Annotated[
        int,
        msgspec.Meta(ge=0, le=2**62, description="first number wanted; 0: only what is new"),
    ] = msgspec.field(default=0, name="from")
    kinds: Annotated[
        str,
        msgspec.Meta(max_length=200, description="beginnings of kinds, comma between; empty: all"),
    ] = ""
    subjects: Annotated[
        str,
        msgspec.Meta(
            max_length=200,
            description="subjects, comma between, with / at the end all that begin so; empty: all",
        ),
    ] = ""


class FeedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One fact. `kind` "feed.caught_up" comes once after the backlog, with seq of the last one."""

    seq: int
    at: float
    kind: str
    subject: str
    data: dict[str, object]
