"""The sample venue as plain values. Amounts are minor units, times aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from venue_plugins.sales.domain.plans import HallPlan
from venue_plugins.sales.domain.promotions import Promotion
from venue_suite.domain.localized import Localized


@dataclass(frozen=True, slots=True)
class SampleHall:
    """`plan` is None where people enter without a seat."""

    code: str
    name: Localized
    stage: Localized
    plan: HallPlan | None


@dataclass(frozen=True, slots=True)
class SampleTier:
    """A price level; `rank` 1 is the dearest."""

    code: str
    name: Localized
    rank: int


@dataclass(frozen=True, slots=True)
class SampleTicketType:
    """`code` is the letter a cashier types, `percent_bp` the share of the adult price, `kinds`
    the kinds of places it is for (empty: all)."""

    code: str
    name: Localized
    note: Localized
    percent_bp: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SampleEvent:
    """One event.

    Attributes:
        kind, art, title, genre, length, about: as in `wire.EventCard`.
        reserved: with a seat plan; else in time slots.
        doors_before_min: reserved: for `validity.performance_window`.
        early_min, grace_min: time slots: for `validity.slot_window`.
        notes: ticket type code -> note that replaces the type's own.
        prices_minor: hall code -> ticket type code -> tier code -> price.
        best_value: hall code -> tiers in the order in which a best-seat search offers them.
    """

    code: str
    kind: str
    art: str
    title: Localized
    genre: Localized
    length: Localized
    about: Localized
    reserved: bool
    doors_before_min: int
    early_min: int
    grace_min: int
    notes: Mapping[str, Localized]
    prices_minor: Mapping[str, Mapping[str, Mapping[str, int]]]
    best_value: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SamplePerformance:
    """One performance or time slot.

    Attributes:
        key: stable name that orders refer to, `tide/main/2026-11-28T19:30` (local start).
        weekday: of the local start, 1 is Monday, for the price rules.
        seating: `reserved` or `open`.
        capacity: seats of the plan (held ones included), or places of the slot.
        admits_from, admits_until: when its tickets open the gate.
    """

    key: str
    event: str
    hall: str
    starts_at: datetime
    ends_at: datetime
    weekday: int
    seating: str
    capacity: int
    admits_from: datetime
    admits_until: datetime


@dataclass(frozen=True, slots=True)
class SampleHold:
    """Seats kept back at every coming performance of a hall, and why."""

    hall: str
    reason: str
    name: Localized
    seat_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SampleStaff:
    """`role`: cashier, manager or usher. The PIN is known to everybody who can read: change it."""

    code: str
    name: Localized
    role: str
    pin: str


@dataclass(frozen=True, slots=True)
class SampleLane:
    code: str
    name: Localized
    step_free: bool


@dataclass(frozen=True, slots=True)
class SampleStation:
    """A window or kiosk that sold the sample orders; `channel`: counter or kiosk."""

    code: str
    name: Localized
    channel: str


@dataclass(frozen=True, slots=True)
class SampleTicket:
    """`seat_id` is 0 without a seat; `price_minor` is before promotions."""

    type_code: str
    tier: str
    seat_id: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class SampleOrder:
    """A paid order of the past.

    Attributes:
        performance: key of the performance.
        station, staff: codes; no staff at a kiosk.
        channel: `counter` or `kiosk`.
        tender: `cash` or `qr`.
        placed_at, paid_at: in the past of the sample, before the performance starts.
        language: the visitor's.
    """

    performance: str
    tickets: tuple[SampleTicket, ...]
    station: str
    staff: str
    channel: str
    tender: str
    placed_at: datetime
    paid_at: datetime
    language: str


@dataclass(frozen=True, slots=True)
class SampleVenue:
    """Everything that the sample holds.

    Attributes:
        start_day: the first local day of the programme; what was before is history.
        zone: IANA name of the venue's time zone.
        tax_bp: tax contained in every price, in basis points.
        notice: house rules that stand below the list of performances.
        performances: by start; orders: by the time they were placed.
    """

    name: Localized
    address: Localized
    phone: str
    notice: Localized
    start_day: date
    zone: str
    currency: str
    tax_bp: int
    halls: tuple[SampleHall, ...]
    tiers: tuple[SampleTier, ...]
    ticket_types: tuple[SampleTicketType, ...]
    promotions: tuple[Promotion, ...]
    events: tuple[SampleEvent, ...]
    performances: tuple[SamplePerformance, ...]
    holds: tuple[SampleHold, ...]
    staff: tuple[SampleStaff, ...]
    lanes: tuple[SampleLane, ...]
    stations: tuple[SampleStation, ...]
    orders: tuple[SampleOrder, ...]
