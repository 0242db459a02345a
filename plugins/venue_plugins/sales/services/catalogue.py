"""What is put on, when, and for how much: everything a visitor or cashier chooses from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from venue_plugins.sales import wire
from venue_plugins.sales.domain.validity import local_instant
from venue_plugins.sales.services.cards import HOLD_S, first_buyable, list_cards, read_card
from venue_plugins.sales.services.located_plans import PLAN_SEATS
from venue_plugins.sales.tables import (
    EventRow,
    PerformanceRow,
    PlanRow,
    PriceListRow,
    PriceRow,
    SeatClaimRow,
    TicketTypeRow,
)
from venue_suite.database import Statement, View, param
from venue_suite.database.kernel_rows import LAST_SEQ
from venue_suite.database.rows import to_ms
from venue_suite.domain.errors import BadRequest, NotFound
from venue_suite.domain.localized import Localized
from venue_suite.settings import read_identity

END_OF_TIME_MS = 2**62
FREE = "free"

_CLAIMS = Statement(
    lambda: SeatClaimRow.select(SeatClaimRow.seat, SeatClaimRow.state).where(
        SeatClaimRow.performance == param("performance")
    )
)
_PLAN_OF = Statement(
    lambda: (
        PerformanceRow.select(PlanRow.id, PlanRow.stage, PlanRow.sections)
        .join(PlanRow)
        .where(PerformanceRow.id == param("performance"))
    )
)


def list_events(view: View) -> list[wire.EventCard]:
    """Every event that has something on sale or to come, in the house's order."""
    by_event: dict[int, list[wire.PerformanceCard]] = {}
    for card in list_cards(view, 0, 0, END_OF_TIME_MS):
        by_event.setdefault(card.event_id, []).append(card)
    zone = read_identity(view).zone
    rows = EventRow.select().order_by(EventRow.position)
    return [_event_card(row, by_event[row.id], zone) for row in rows if row.id in by_event]


def list_performances(view: View, event: int = 0, day: str = "") -> list[wire.PerformanceCard]:
    """Performances that have not ended, by their start.

    Args:
        event: of one event; 0: of all.
        day: on one day of the venue's zone, `2026-11-28`; empty: on any.

    Raises:
        BadRequest: `day` is no date.
    """
    first_ms, end_ms = 0, END_OF_TIME_MS
    if day:
        first_ms, end_ms = _span_of_day(day, read_identity(view).zone)
    return list_cards(view, event, first_ms, end_ms)


def read_detail(view: View, performance: int) -> wire.PerformanceDetail:
    """One performance with its prices. Raises NotFound."""
    card = read_card(view, performance)
    row = PerformanceRow.get_by_id(performance)
    siblings = list_cards(view, card.event_id, 0, END_OF_TIME_MS)
    price_list = row.price_list
    prices = list(PriceRow.select().where(PriceRow.price_list == price_list))
    return wire.PerformanceDetail(
        card=card,
        event=_event_card(row.event, siblings or [card], read_identity(view).zone),
        tiers=_tiers(price_list, prices),
        ticket_types=_ticket_types(prices, price_list.notes),
        places_per_order_max=row.places_per_order_max,
        hold_s=HOLD_S,
    )


def read_seat_plan(view: View, performance: int) -> wire.SeatPlan:
    """The plan with each seat's state. Raises NotFound, also for a performance without seats."""
    plan = view.one(_PLAN_OF, performance=performance)
    if plan is None:
        raise NotFound(what="Seat plan of performance", key=performance)
    states = dict(view.all(_CLAIMS, performance=performance))
    return wire.SeatPlan(
        performance_id=performance,
        stage=msgspec.json.decode(plan[1]),
        sections=msgspec.json.decode(plan[2], type=list[wire.Section]),
        seats=[_seat(row, states) for row in view.all(PLAN_SEATS, plan=plan[0])],
        feed_seq=view.value(LAST_SEQ),
    )


def _seat(row: tuple[Any, ...], states: dict[int, str]) -> wire.Seat:
    seat, section, line, number, block, x, y, tier, kind = row
    return wire.Seat(
        id=seat,
        section=section,
        row=line,
        number=number,
        block=block,
        x=x,
        y=y,
        tier=tier,
        kind=kind,
        state=states.get(seat, FREE),
    )


def _span_of_day(day: str, zone: ZoneInfo) -> tuple[int, int]:
    """From midnight to midnight in the venue's zone, in milliseconds; 23 to 25 hours."""
    try:
        first = date.fromisoformat(day)
        midnights = [
            to_ms(local_instant(one, time(0), zone)) for one in (first, first + timedelta(days=1))
        ]
    except (ValueError, OverflowError) as error:
        raise BadRequest(reason="day is a date like 2026-11-28") from error
    return midnights[0], midnights[1]


def _event_card(
    row: EventRow, cards: Sequence[wire.PerformanceCard], zone: ZoneInfo
) -> wire.EventCard:
    """`cards`: its performances that have not ended, at least one."""
    buyable = [card for card in cards if card.state in ("plenty", "few")]
    first = first_buyable(cards)
    return wire.EventCard(
        id=row.id,
        kind=row.kind,
        art=row.art,
        title=row.title,
        genre=row.genre,
        about=row.about,
        length=row.length,
        state=_event_state(cards, first),
        places_left=first.places_left if first else 0,
        from_price_minor=min(card.from_price_minor for card in cards),
        next_performance_id=first.id if first else 0,
        next_starts_at=first.starts_at if first else None,
        next_hall=first.hall if first else {},
        last_ends_at=_last_end(cards, first, zone),
        days=sorted({_day(card.starts_at, zone).isoformat() for card in buyable}),
    )


def _event_state(cards: Iterable[wire.PerformanceCard], first: wire.PerformanceCard | None) -> str:
    if first is None:
        return "sold_out" if any(card.state == "sold_out" for card in cards) else "stopped"
    if first.seating == "open" and first.state == "plenty":
        return "any_time"
    return first.state


def _last_end(
    cards: Iterable[wire.PerformanceCard], first: wire.PerformanceCard | None, zone: ZoneInfo
) -> datetime | None:
    """When the last performance of the next day with something to buy ends."""
    if first is None:
        return None
    day = _day(first.starts_at, zone)
    return max(card.ends_at for card in cards if _day(card.starts_at, zone) == day)


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _tiers(price_list: PriceListRow, prices: Sequence[PriceRow]) -> list[wire.Tier]:
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


def _ticket_types(prices: Sequence[PriceRow], notes: dict[str, Localized]) -> list[wire.TicketType]:
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
