"""Settings that live in the database: who the venue is, and what its plugins remember."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
import peewee

from venue_suite.audit.entries import write_entry
from venue_suite.database.rows import JsonField, MomentField, Row, from_ms, to_json
from venue_suite.database.statements import Statement, param
from venue_suite.database.work import View, Work
from venue_suite.domain.business_day import business_day
from venue_suite.domain.localized import Localized

T = TypeVar("T")


class SettingRow(Row):
    key = peewee.TextField(primary_key=True)
    value = JsonField()
    changed_at = MomentField()

    class Meta:
        table_name = "setting"


_FIND = Statement(lambda: SettingRow.select(SettingRow.value).where(SettingRow.key == param("key")))
_PUT = Statement(
    lambda: SettingRow.insert(
        key=param("key"), value=param("value"), changed_at=param("changed_at")
    ).on_conflict(
        conflict_target=[SettingRow.key],
        preserve=[SettingRow.value, SettingRow.changed_at],
    )
)


class VenueIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Who this venue is.

    Attributes:
        day_cut_off_hour: a business day ends at this hour of the next calendar day.
        tax_basis_points: tax contained in ticket prices; 600 is 6 %.
    """

    name: Localized
    address: Localized = {}
    phone: str = ""
    currency: str = "CNY"
    time_zone: str = "Asia/Shanghai"
    day_cut_off_hour: int = 4
    languages: list[str] = msgspec.field(default_factory=lambda: ["zh", "en"])
    tax_basis_points: int = 600

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


MINUTE_MS = 60_000
VENUE_KEY = "venue"
TICKET_KEYS_KEY = "ticket_keys"
UNNAMED = VenueIdentity(name={"zh": "未命名场馆", "en": "Unnamed venue"})


def read_setting(view: View, key: str, shape: type[T], default: T) -> T:
    """The setting, or `default` if it was never set."""
    text = view.value(_FIND, key=key)
    return default if text is None else msgspec.json.decode(text, type=shape)


def put_setting(work: Work, key: str, value: Any) -> None:
    """Set it; the newest value wins."""
    work.run(_PUT, key=key, value=to_json(value), changed_at=work.now_ms)


def read_identity(view: View) -> VenueIdentity:
    text = view.value(_FIND, key=VENUE_KEY)
    return UNNAMED if text is None else _decode_identity(text)


@lru_cache(maxsize=16)
def _decode_identity(text: str) -> VenueIdentity:
    """Every sale asks who the venue is; the same text is read once."""
    return msgspec.json.decode(text, type=VenueIdentity)


def put_identity(work: Work, identity: VenueIdentity) -> None:
    """Say who this venue is. A change of it is in the audit log."""
    before = read_setting(work, VENUE_KEY, VenueIdentity | None, None)  # type: ignore[arg-type]
    if identity != before:
        put_setting(work, VENUE_KEY, identity)
        write_entry(work, "venue.change", "venue", before=before, after=identity)


def current_business_day(view: View) -> str:
    """The business day that now belongs to, `2026-11-28`."""
    return business_day_of(view.now_ms, read_identity(view))


def business_day_of(at_ms: int, identity: VenueIdentity) -> str:
    """The business day that a moment, in milliseconds since 1970, belongs to."""
    return _day_of(at_ms // MINUTE_MS, identity.time_zone, identity.day_cut_off_hour)


@lru_cache(maxsize=4096)
def _day_of(minute: int, time_zone: str, cut_off_hour: int) -> str:
    """Zones and cut-off hours change on whole minutes."""
    moment = from_ms(minute * MINUTE_MS)
    return business_day(moment, ZoneInfo(time_zone), cut_off_hour).isoformat()


def read_ticket_keys(view: View) -> dict[bytes, bytes]:
    """Key id -> public key of every key that this venue's tickets were ever signed with."""
    text = view.value(_FIND, key=TICKET_KEYS_KEY)
    return {} if text is None else dict(_decode_keys(text))


@lru_cache(maxsize=16)
def _decode_keys(text: str) -> dict[bytes, bytes]:
    known = msgspec.json.decode(text, type=dict[str, str])
    return {bytes.fromhex(key): bytes.fromhex(public) for key, public in known.items()}


def remember_ticket_key(work: Work, key_id: bytes, public_key: bytes) -> dict[bytes, bytes]:
    """Keep the public half of the signing key with the data: a backup must know its own tickets."""
    known = read_ticket_keys(work)
    if known.get(key_id) != public_key:
        known[key_id] = public_key
        put_setting(work, TICKET_KEYS_KEY, {key.hex(): one.hex() for key, one in known.items()})
    return known
