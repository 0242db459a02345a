"""Performances as screens list them: when, where, how many places, for how much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from peewee import fn

from venue_plugins.sales import wire
from venue_plugins.sales.services.located_plans import locate_plan
from venue_plugins.sales.tables import (
    EventRow,
    HallRow,
    PerformanceRow,
    PriceRow,
    SeatClaimRow,
    SeatRow,
    TicketTypeRow,
)
from venue_suite.database import Statement, View, param
from venue_suite.database.rows import from_ms
from venue_suite.domain.errors import NotFound

HOLD_S = 600
FEW_PERCENT = 12  # at most this share left is "few"
FEW_PLACES = 10
# A performance can be bought until this long after its start; a time slot until its end.
SALE_AFTER_START_MS = 20 * 60_000
OPEN_TIER = "open"

GONE = PerformanceRow.sold + PerformanceRow.held + PerformanceRow.leased + PerformanceRow.blocked


def _select_cards() -> Any:
    return (
        PerformanceRow.select(
            PerformanceRow.id,
            PerformanceRow.event,
            EventRow.title,
            HallRow.name,
            PerformanceRow.starts_at,
            PerformanceRow.ends_at,
            PerformanceRow.plan,
            PerformanceRow.price_list,
            PerformanceRow.state,
            PerformanceRow.capacity,
            GONE,
        )
        .join(EventRow)
        .switch(PerformanceRow)
        .join(HallRow)
    )


def _select_between() -> Any:
    """Performances that have not ended and start in a span of time."""
    return (
        _select_cards()
        .where(
            (PerformanceRow.ends_at > param("now"))
            & (PerformanceRow.starts_at >= param("first"))
            & (PerformanceRow.starts_at < param("end"))
        )
        .order_by(PerformanceRow.starts_at, PerformanceRow.id)
    )


_OF_ALL = Statement(_select_between)
_OF_EVENT = Statement(lambda: _select_between().where(PerformanceRow.event == param("event")))
_ONE = Statement(lambda: _select_cards().where(PerformanceRow.id == param("performance")))
# What a full-price ticket costs; the first ticket type on the list is the full one.
_EVERY_TYPE = TicketTypeRow.alias()
PRICE_SPANS = Statement(
    lambda: (
        PriceRow.select(
            PriceRow.price_list, fn.MIN(PriceRow.price_minor), fn.MAX(PriceRow.price_minor)
        )
        .join(TicketTypeRow)
        .where(TicketTypeRow.position == _EVERY_TYPE.select(fn.MIN(_EVERY_TYPE.position)))
        .group_by(PriceRow.price_list)
    )
)
_WHEELCHAIR_SEATS = SeatRow.select(SeatRow.id).where(SeatRow.kind == "wheelchair")
_WHEELCHAIRS_TAKEN = Statement(
    lambda: (
        SeatClaimRow.select(SeatClaimRow.performance, fn.COUNT(SeatClaimRow.id))
        .where(
            SeatClaimRow.performance.in_(
                PerformanceRow.select(PerformanceRow.id).where(
                    (PerformanceRow.ends_at > param("now")) & PerformanceRow.plan.is_null(False)
                )
            )
            & SeatClaimRow.seat.in_(_WHEELCHAIR_SEATS)
        )
        .group_by(SeatClaimRow.performance)
    )
)
_WHEELCHAIRS_TAKEN_IN = Statement(
    lambda: SeatClaimRow.select(fn.COUNT(SeatClaimRow.id)).where(
        (SeatClaimRow.performance == param("performance"))
        & SeatClaimRow.seat.in_(_WHEELCHAIR_SEATS)
    )
)


class _Card(NamedTuple):
    """A row of `_select_cards`; texts are JSON."""

    performance: int
    event: int
    title: str
    hall: str
    starts_ms: int
    ends_ms: int
    plan: int | None
    price_list: int
    state: str
    capacity: int
    gone: int


def list_cards(view: View, event: int, first_ms: int, end_ms: int) -> list[wire.PerformanceCard]:
    """Performances that have not ended and start in this span; `event` 0 is all events."""
    span = {"now": view.now_ms, "first": first_ms, "end": end_ms}
    rows = view.all(_OF_EVENT, event=event, **span) if event else view.all(_OF_ALL, **span)
    if not rows:
        return []
    taken = dict(view.all(_WHEELCHAIRS_TAKEN, now=view.now_ms))
    spans = read_price_spans(view)
    return [_make_card(view, _Card(*row), spans, taken.get(row[0], 0)) for row in rows]


def read_card(view: View, performance: int) -> wire.PerformanceCard:
    """One performance. Raises NotFound."""
    row = view.one(_ONE, performance=performance)
    if row is None:
        raise NotFound(what="Performance", key=performance)
    card = _Card(*row)
    taken = 0
    if card.plan is not None:
        taken = view.value(_WHEELCHAIRS_TAKEN_IN, performance=performance)
    return _make_card(view, card, read_price_spans(view), taken)


def read_price_spans(view: View) -> dict[int, tuple[int, int]]:
    """Price list -> lowest and highest full price."""
    return {row[0]: (row[1], row[2]) for row in view.all(PRICE_SPANS)}


def is_on_sale(state: str, starts_ms: int, ends_ms: int, seated: bool, now_ms: int) -> bool:
    """Whether it can still be bought: seated ones until a little after the start."""
    last_ms = starts_ms + SALE_AFTER_START_MS if seated else ends_ms
    return state == "on_sale" and now_ms < last_ms


def stock_state(left: int, capacity: int) -> str:
    """plenty, few or sold_out."""
    if left <= 0:
        return "sold_out"
    return "few" if left <= FEW_PLACES or left * 100 <= capacity * FEW_PERCENT else "plenty"


def _make_card(
    view: View, row: _Card, spans: dict[int, tuple[int, int]], wheelchairs_taken: int
) -> wire.PerformanceCard:
    low_minor, high_minor = spans.get(row.price_list, (0, 0))
    starts_at, ends_at = from_ms(row.starts_ms), from_ms(row.ends_ms)
    seated = row.plan is not None
    chairs = 0 if row.plan is None else len(locate_plan(view, row.plan).wheelchairs)
    left = row.capacity - row.gone
    on_sale = is_on_sale(row.state, row.starts_ms, row.ends_ms, seated, view.now_ms)
    return wire.PerformanceCard(
        id=row.performance,
        event_id=row.event,
        title=msgspec.json.decode(row.title),
        hall=msgspec.json.decode(row.hall),
        starts_at=starts_at,
        ends_at=ends_at,
        seating="reserved" if seated else "open",
        state=stock_state(left, row.capacity) if on_sale else "stopped",
        capacity=row.capacity,
        places_left=left,
        wheelchair_left=chairs - wheelchairs_taken,
        from_price_minor=low_minor,
        to_price_minor=high_minor,
    )


def first_buyable(cards: Sequence[wire.PerformanceCard]) -> wire.PerformanceCard | None:
    """The next performance that can be bought."""
    return next((card for card in cards if card.state in ("plenty", "few")), None)
