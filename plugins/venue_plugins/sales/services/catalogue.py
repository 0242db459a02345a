"""What is put on, when, and for how much: everything a visitor or cashier chooses from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from peewee import fn

from venue_plugins.sales import wire
from venue_plugins.sales.services.located_plans import PLAN_SEATS
from venue_plugins.sales.tables import (
    EventRow,
    HallRow,
    PerformanceRow,
    PlanRow,
    PriceListRow,
    PriceRow,
    SeatClaimRow,
    SeatRow,
    TicketTypeRow,
)
from venue_suite.database import Statement, View, param
from venue_suite.database.kernel_rows import LAST_SEQ
from venue_suite.database.rows import from_ms
from venue_suite.domain.errors import NotFound
from venue_suite.domain.localized import Localized
from venue_suite.settings import read_identity

HOLD_S = 600
FEW_PERCENT = 12  # at most this share left is "few"
FEW_PLACES = 10
# A performance can be bought until this long after its start; a time slot until its end.
SALE_AFTER_START = timedelta(minutes=20)
OPEN_TIER = "open"


def _select_cards() -> Any:
    return (
        PerformanceRow.select(
            PerformanceRow.id,
            PerformanceRow.event_id,
            EventRow.title,
            HallRow.name,
            PerformanceRow.starts_at,
            PerformanceRow.ends_at,
            PerformanceRow.plan_id,
            PerformanceRow.price_list_id,
            PerformanceRow.state,
            PerformanceRow.capacity,
            PerformanceRow.sold
            + PerformanceRow.held
            + PerformanceRow.leased
            + PerformanceRow.blocked,
        )
        .join(EventRow)
        .switch(PerformanceRow)
        .join(HallRow)
    )


_CARDS = Statement(
    lambda: _select_cards()
    .where(PerformanceRow.ends_at > param("now"))
    .order_by(PerformanceRow.starts_at, PerformanceRow.id)
)
_ONE_CARD = Statement(lambda: _select_cards().where(PerformanceRow.id == param("performance")))
_PRICE_SPANS = Statement(
    lambda: PriceRow.select(
        PriceRow.price_list, fn.MIN(PriceRow.price_minor), fn.MAX(PriceRow.price_minor)
    )
    .join(TicketTypeRow)
    .where(TicketTypeRow.position == 1)
    .group_by(PriceRow.price_list)
)
_CLAIMS = Statement(
    lambda: SeatClaimRow.select(SeatClaimRow.seat, SeatClaimRow.state).where(
        SeatClaimRow.performance == param("performance")
    )
)
_WHEELCHAIRS = Statement(
    lambda: SeatRow.select(SeatRow.plan, fn.COUNT(SeatRow.id))
    .where(SeatRow.kind == "wheelchair")
    .group_by(SeatRow.plan)
)
_WHEELCHAIRS_TAKEN = Statement(
    lambda: SeatClaimRow.select(SeatClaimRow.performance, fn.COUNT(SeatClaimRow.id))
    .join(SeatRow)
    .where(SeatRow.kind == "wheelchair")
    .group_by(SeatClaimRow.performance)
)


def list_events(view: View) -> list[wire.EventCard]:
    """Every event that has something on sale or to come, in the house's order."""
    by_event: dict[int, list[wire.PerformanceCard]] = {}
    for card in list_performances(view):
        by_event.setdefault(card.event_id, []).append(card)
    zone = read_identity(view).zone
    rows = EventRow.select().order_by(EventRow.position)
    return [_event_card(row, by_event[row.id], zone, view.now) for row in rows if row.id in by_event]


def list_performances(
    view: View, event: int = 0, day: str = ""
) -> list[wire.PerformanceCard]:
    """Performances that have not ended, of one event and one local day if they are given."""
    zone = read_identity(view).zone
    make = _CardMaker(view)
    cards = (make(row) for row in view.all(_CARDS, now=view.now_ms))
    return [
        card
        for card in cards
        if (not event or card.event_id == event)
        and (not day or card.starts_at.astimezone(zone).date().isoformat() == day)
    ]


def read_card(view: View, performance: int) -> wire.PerformanceCard:
    """One performance. Raises NotFound."""
    row = view.one(_ONE_CARD, performance=performance)
    if row is None:
        raise NotFound(what="Performance", key=performance)
    return _CardMaker(view)(row)


def read_detail(view: View, performance: int) -> wire.PerformanceDetail:
    """One performance with its prices. Raises NotFound."""
    card = read_card(view, performance)
    row = PerformanceRow.get_by_id(performance)
    event = EventRow.get_by_id(row.event_id)
    siblings = list_performances(view, row.event_id)
    zone = read_identity(view).zone
    price_list = PriceListRow.get_by_id(row.price_list_id)
    prices = list(PriceRow.select().where(PriceRow.price_list == price_list))
    return wire.PerformanceDetail(
        card=card,
        event=_event_card(event, siblings or [card], zone, view.now),
        tiers=_tiers(price_list, prices),
        ticket_types=_ticket_types(prices, price_list.notes),
        places_per_order_max=row.places_per_order_max,
        hold_s=HOLD_S,
    )


def read_seat_plan(view: View, performance: int) -> wire.SeatPlan:
    """The plan with each seat's state. Raises NotFound, also for a performance without seats."""
    row = PerformanceRow.get_or_none(PerformanceRow.id == performance)
    if row is None or row.plan_id is None:
        raise NotFound(what="Seat plan of performance", key=performance)
    plan = PlanRow.get_by_id(row.plan_id)
    states = dict(view.all(_CLAIMS, performance=performance))
    return wire.SeatPlan(
        performance_id=performance,
        stage=plan.stage,
        sections=msgspec.convert(plan.sections, list[wire.Section]),
        seats=[
            wire.Seat(
                id=seat[0],
                section=seat[1],
                row=seat[2],
                number=seat[3],
                block=seat[4],
                x=seat[5],
                y=seat[6],
                tier=seat[7],
                kind=seat[8],
                state=states.get(seat[0], "free"),
            )
            for seat in view.all(PLAN_SEATS, plan=row.plan_id)
        ],
        feed_seq=view.value(LAST_SEQ),
    )


def is_on_sale(state: str, starts_at: datetime, ends_at: datetime, seated: bool, now: datetime) -> bool:
    """Whether it can still be bought: seated ones until a little after the start."""
    last = starts_at + SALE_AFTER_START if seated else ends_at
    return state == "on_sale" and now < last


class _CardMaker:
    """Makes cards from rows; asks for what all of them share once."""

    def __init__(self, view: View) -> None:
        self._spans = {row[0]: row[1:] for row in view.all(_PRICE_SPANS)}
        self._chairs = dict(view.all(_WHEELCHAIRS))
        self._chairs_taken = dict(view.all(_WHEELCHAIRS_TAKEN))
        self._now = view.now

    def __call__(self, row: tuple[Any, ...]) -> wire.PerformanceCard:
        (performance, event, title, hall, starts, ends, plan, prices, state, capacity, gone) = row
        left = capacity - gone
        low, high = self._spans.get(prices, (0, 0))
        starts_at, ends_at = from_ms(starts), from_ms(ends)
        chairs = self._chairs.get(plan, 0) - self._chairs_taken.get(performance, 0)
        on_sale = is_on_sale(state, starts_at, ends_at, plan is not None, self._now)
        return wire.PerformanceCard(
            id=performance,
            event_id=event,
            title=msgspec.json.decode(title),
            hall=msgspec.json.decode(hall),
            starts_at=starts_at,
            ends_at=ends_at,
            seating="reserved" if plan is not None else "open",
            state=stock_state(left, capacity) if on_sale else "stopped",
            capacity=capacity,
            places_left=left,
            wheelchair_left=chairs if plan is not None else 0,
            from_price_minor=low,
            to_price_minor=high,
        )


def stock_state(left: int, capacity: int) -> str:
    """plenty, few or sold_out."""
    if left <= 0:
        return "sold_out"
    return "few" if left <= FEW_PLACES or left * 100 <= capacity * FEW_PERCENT else "plenty"


def _event_card(
    row: EventRow, cards: list[wire.PerformanceCard], zone: ZoneInfo, now: datetime
) -> wire.EventCard:
    buyable = [card for card in cards if card.state in ("plenty", "few")]
    first = buyable[0] if buyable else None
    days = {card.starts_at.astimezone(zone).date().isoformat() for card in buyable}
    return wire.EventCard(
        id=row.id,
        kind=row.kind,
        art=row.art,
        title=row.title,
        genre=row.genre,
        about=row.about,
        length=row.length,
        state=_event_state(row.kind, cards, first),
        places_left=first.places_left if first else 0,
        from_price_minor=min((card.from_price_minor for card in cards), default=0),
        next_performance_id=first.id if first else 0,
        next_starts_at=first.starts_at if first else None,
        next_hall=first.hall if first else {},
        last_ends_at=max((card.ends_at for card in cards if _same_day(card, first, zone)), default=None),
        days=sorted(days),
    )


def _event_state(
    kind: str, cards: Iterable[wire.PerformanceCard], first: wire.PerformanceCard | None
) -> str:
    if first is None:
        return "sold_out" if any(card.state == "sold_out" for card in cards) else "stopped"
    if first.seating == "open" and first.state == "plenty":
        return "any_time"
    return first.state


def _same_day(
    card: wire.PerformanceCard, first: wire.PerformanceCard | None, zone: ZoneInfo
) -> bool:
    if first is None:
        return False
    return card.starts_at.astimezone(zone).date() == first.starts_at.astimezone(zone).date()


def _tiers(price_list: PriceListRow, prices: list[PriceRow]) -> list[wire.Tier]:
    full: dict[str, int] = {}
    for price in prices:
        full[price.tier] = max(full.get(price.tier, 0), price.price_minor)
    return [
        wire.Tier(
            code=tier["code"],
            name=tier["name"],
            rank=tier["rank"],
            full_price_minor=full.get(tier["code"], 0),
        )
        for tier in price_list.tiers
    ]


def _ticket_types(
    prices: list[PriceRow], notes: dict[str, Localized]
) -> list[wire.TicketType]:
    by_type: dict[int, dict[str, int]] = {}
    for price in prices:
        by_type.setdefault(price.ticket_type_id, {})[price.tier] = price.price_minor
    rows = TicketTypeRow.select().order_by(TicketTypeRow.position)
    return [
        wire.TicketType(
            id=row.id,
            code=row.code,
            name=row.name,
            note=notes.get(row.code, row.note),
            prices_minor=by_type[row.id],
            kinds=row.kinds,
        )
        for row in rows
        if row.id in by_type
    ]

