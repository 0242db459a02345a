"""Stores the sample venue: halls, seats, prices, programme, people, and a history of real sales."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime, timedelta

from venue_plugins.sales import wire
from venue_plugins.sales.domain.plans import HallPlan
from venue_plugins.sales.sample import SampleOrder, SampleVenue, build_sample
from venue_plugins.sales.sample.reading import read_table
from venue_plugins.sales.services import payments
from venue_plugins.sales.services.cards import OPEN_TIER
from venue_plugins.sales.services.orders import place_order
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
from venue_suite.database import Actor, Work
from venue_suite.hookspecs import SampleWish
from venue_suite.identity.services import add_staff, hash_pin
from venue_suite.seams import Seams
from venue_suite.settings import VenueIdentity, put_identity

ZONE = "Asia/Shanghai"
PLACES_PER_ORDER_MAX = 10
INSERT_ROWS = 400


def fill_sample(work: Work, wish: SampleWish) -> None:
    """Write the sample venue into an empty database."""
    sample = build_sample(wish.start_day, ZONE, wish.chance, now=work.now)
    put_identity(work, _identity(sample))
    for person in sample.staff:
        add_staff(work, person.code, person.name["zh"], person.role, hash_pin(person.pin))
    plans = _store_halls(sample)
    types = _store_ticket_types(sample)
    price_lists = _store_events(sample, types)
    performances = _store_performances(sample, plans, price_lists)
    _store_holds(sample, performances)
    for order in sample.orders:
        _sell(work, sample, order, performances[order.performance], types)


def _identity(sample: SampleVenue) -> VenueIdentity:
    return VenueIdentity(
        name=sample.name,
        address=sample.address,
        phone=sample.phone,
        currency=sample.currency,
        time_zone=sample.zone,
        tax_basis_points=sample.tax_bp,
    )


def _store_halls(sample: SampleVenue) -> dict[str, int]:
    """Returns hall code -> plan, for halls with seats."""
    plans: dict[str, int] = {}
    for hall in sample.halls:
        row = HallRow.create(code=hall.code, name=hall.name)
        if hall.plan is not None:
            plan = PlanRow.create(
                hall=row, stage=hall.stage, sections=[asdict(one) for one in hall.plan.sections]
            )
            _store_seats(hall.plan, plan.id)
            plans[hall.code] = plan.id
    return plans


def _store_seats(plan: HallPlan, plan_id: int) -> None:
    rows = [{**asdict(seat), "plan": plan_id} for seat in plan.seats]
    for start in range(0, len(rows), INSERT_ROWS):
        SeatRow.insert_many(rows[start : start + INSERT_ROWS]).execute()


def _store_ticket_types(sample: SampleVenue) -> dict[str, int]:
    """Returns letter -> id."""
    return {
        one.code: TicketTypeRow.create(
            code=one.code,
            key=re.sub(r"[^a-z]+", "_", one.name["en"].lower()).strip("_"),
            name=one.name,
            note=one.note,
            kinds=list(one.kinds),
            position=position,
        ).id
        for position, one in enumerate(sample.ticket_types, start=1)
    }


def _store_events(
    sample: SampleVenue, types: dict[str, int]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Returns (event code, hall code) -> (event, price list)."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    promotions = list(read_table("venue")["promotion"])
    names = {tier.code: tier for tier in sample.tiers}
    for position, event in enumerate(sample.events, start=1):
        row = EventRow.create(
            code=event.code,
            kind=event.kind,
            art=event.art,
            title=event.title,
            genre=event.genre,
            about=event.about,
            length=event.length,
            position=position,
        )
        for hall, by_type in event.prices_minor.items():
            used = {tier for prices in by_type.values() for tier in prices}
            tiers = [asdict(names[tier]) for tier in names if tier in used]
            price_list = PriceListRow.create(
                code=f"{event.code}/{hall}",
                tiers=tiers or [{"code": OPEN_TIER, "name": {}, "rank": 1}],
                promotions=promotions,
                best_value=list(event.best_value.get(hall, ())),
                notes=dict(event.notes),
            )
            for code, prices in by_type.items():
                for tier, price_minor in prices.items():
                    PriceRow.create(
                        price_list=price_list,
                        tier=tier,
                        ticket_type=types[code],
                        price_minor=price_minor,
                    )
            found[event.code, hall] = (row.id, price_list.id)
    return found


def _store_performances(
    sample: SampleVenue,
    plans: dict[str, int],
    price_lists: dict[tuple[str, str], tuple[int, int]],
) -> dict[str, int]:
    """Returns the sample's key of each performance -> id."""
    halls = {row.code: row.id for row in HallRow.select()}
    found: dict[str, int] = {}
    for one in sample.performances:
        event, price_list = price_lists[one.event, one.hall]
        found[one.key] = PerformanceRow.create(
            event=event,
            hall=halls[one.hall],
            plan=plans.get(one.hall) if one.seating == "reserved" else None,
            price_list=price_list,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            admits_from=one.admits_from,
            admits_until=one.admits_until,
            state="on_sale",
            places_per_order_max=PLACES_PER_ORDER_MAX,
            capacity=one.capacity,
        ).id
    return found


def _store_holds(sample: SampleVenue, performances: dict[str, int]) -> None:
    for hold in sample.holds:
        for one in sample.performances:
            if one.hall != hold.hall or one.seating != "reserved":
                continue
            performance = performances[one.key]
            SeatClaimRow.insert_many(
                [
                    {
                        "performance": performance,
                        "seat": seat,
                        "state": "blocked",
                        "reason": hold.reason,
                    }
                    for seat in hold.seat_ids
                ]
            ).execute()
            PerformanceRow.update(blocked=PerformanceRow.blocked + len(hold.seat_ids)).where(
                PerformanceRow.id == performance
            ).execute()


def _sell(
    work: Work, sample: SampleVenue, order: SampleOrder, performance: int, types: dict[str, int]
) -> None:
    """Sell one order of the past by the very services that sell today's, at its own time."""
    kind = "kiosk" if order.channel == "kiosk" else "console"
    actor = Actor(
        "staff" if order.staff else "station",
        order.staff or order.station,
        station=order.station,
        station_kind=kind,
        permissions=frozenset({"*"}),
    )
    wanted = [
        wire.Wanted(
            ticket_type_id=types[ticket.type_code],
            count=1,
            seat_ids=[ticket.seat_id] if ticket.seat_id else [],
        )
        for ticket in order.tickets
    ]
    placed = place_order(
        _at(work, order.placed_at, actor),
        wire.PlaceOrder(performance_id=performance, wanted=wanted, language=order.language),
    )
    # The visitor pays within the hold, whatever the history says.
    paid_at = min(order.paid_at, order.placed_at + timedelta(minutes=9))
    paying = _at(work, paid_at, actor)
    if order.tender == "cash":
        payments.pay_cash(paying, placed.id, wire.PayCash(received_minor=placed.total_minor))
    elif payment := payments.begin_qr(paying, placed.id):
        payments.settle(paying, payment, "paid")


def _at(work: Work, moment: datetime, actor: Actor) -> Work:
    """The same transaction, seen from another time; its facts lie before the feed begins."""
    past = Seams(time_s=moment.timestamp, random_bytes=work.seams.random_bytes)
    return Work(work.session, past, actor)
