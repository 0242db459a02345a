"""A complete venue to try, to show and to train on: Lantern Isle Theatre.

`build_sample` turns the data in `venue_templates/sample` into plain values; storing them is the
business of a service. The same start day, time and random seed give the same venue.
"""

from __future__ import annotations

import random as chance
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from venue_plugins.sales.domain.best_seats import find_focus
from venue_plugins.sales.domain.promotions import read_promotion
from venue_plugins.sales.domain.seat_runs import FreeSeat, locate
from venue_plugins.sales.domain.validity import local_instant
from venue_plugins.sales.sample.history import House, make_orders
from venue_plugins.sales.sample.model import (
    SampleEvent,
    SampleHall,
    SampleHold,
    SampleLane,
    SampleOrder,
    SamplePerformance,
    SampleStaff,
    SampleStation,
    SampleTicket,
    SampleTicketType,
    SampleTier,
    SampleVenue,
)
from venue_plugins.sales.sample.programme import make_performances
from venue_plugins.sales.sample.reading import (
    read_events,
    read_halls,
    read_holds,
    read_table,
    read_ticket_types,
)

__all__ = [
    "SampleEvent",
    "SampleHall",
    "SampleHold",
    "SampleLane",
    "SampleOrder",
    "SamplePerformance",
    "SampleStaff",
    "SampleStation",
    "SampleTicket",
    "SampleTicketType",
    "SampleTier",
    "SampleVenue",
    "build_sample",
    "summarise",
]


def build_sample(
    start_day: date, zone: str, random: chance.Random, *, now: datetime | None = None
) -> SampleVenue:
    """Make the sample venue.

    Args:
        start_day: first local day of a month of programme; a week of history lies before it.
        zone: IANA name of the venue's time zone, for example `Asia/Shanghai`.
        random: where chance comes from.
        now: aware; sample orders lie before it, and the performances that start after it are the
            ones that are partly sold. None: the first minute of `start_day`.
    """
    zone_info = ZoneInfo(zone)
    venue = read_table("venue")
    halls = read_halls(read_table("halls")["hall"])
    ticket_types = read_ticket_types(venue["ticket_type"])
    events = read_events(read_table("events")["event"], ticket_types)
    holds = read_holds(venue["hold"], halls)
    staff = tuple(SampleStaff(**table) for table in venue["staff"])
    stations = tuple(SampleStation(**table) for table in venue["station"])
    performances = make_performances(
        read_table("programme")["rule"],
        {event.code: event for event in events},
        {hall.code: hall for hall in halls},
        start_day,
        zone_info,
    )
    seats = {hall.code: locate(hall.plan.seats) for hall in halls if hall.plan is not None}
    house = House(
        data=read_table("history"),
        events={event.code: event for event in events},
        seats={hall: _for_sale(located, hall, holds) for hall, located in seats.items()},
        focus_y_cm={hall: find_focus(located.values()) for hall, located in seats.items()},
        stations=stations,
        cashiers=[person for person in staff if person.role == "cashier"],
        zone=zone_info,
        now=now.astimezone(UTC) if now else local_instant(start_day, time(0, 1), zone_info),
    )
    return SampleVenue(
        name=venue["venue"]["name"],
        address=venue["venue"]["address"],
        phone=venue["venue"]["phone"],
        notice=venue["venue"]["notice"],
        start_day=start_day,
        zone=zone,
        currency=venue["venue"]["currency"],
        tax_bp=venue["venue"]["tax_bp"],
        halls=halls,
        tiers=tuple(
            SampleTier(table["code"], table["name"], rank)
            for rank, table in enumerate(venue["tier"], start=1)
        ),
        ticket_types=ticket_types,
        promotions=tuple(read_promotion(table) for table in venue["promotion"]),
        events=events,
        performances=performances,
        holds=holds,
        staff=staff,
        lanes=tuple(SampleLane(**table) for table in venue["lane"]),
        stations=stations,
        orders=make_orders(house, performances, random),
    )


def summarise(sample: SampleVenue) -> str:
    """Count everything, one line a kind, for logs and tests."""
    sold = Counter[str]()
    for order in sample.orders:
        sold[order.performance] += len(order.tickets)
    tickets = [ticket for order in sample.orders for ticket in order.tickets]
    lines = [
        f"venue: {sample.name['en']}, {sample.zone}, {sample.currency}, from {sample.start_day}",
        _count("halls", (hall.code for hall in sample.halls)),
        *(_summarise_plan(hall) for hall in sample.halls),
        _count("ticket types", (kind.code for kind in sample.ticket_types)),
        _count("promotions", (promotion.code for promotion in sample.promotions)),
        _count("performances", (performance.event for performance in sample.performances)),
        _count("held seats", (hold.reason for hold in sample.holds for _ in hold.seat_ids)),
        _count("staff", (person.role for person in sample.staff)),
        _count("lanes", (lane.code for lane in sample.lanes)),
        _count("orders", (order.station for order in sample.orders)),
        _count("tenders", (order.tender for order in sample.orders)),
        _count("tickets", (ticket.type_code for ticket in tickets)),
        *(
            f"sold {performance.key}: {sold[performance.key]} of {performance.capacity}"
            for performance in sample.performances
            if sold[performance.key]
        ),
    ]
    return "\n".join(line for line in lines if line)


def _for_sale(
    seats: dict[int, FreeSeat], hall: str, holds: Sequence[SampleHold]
) -> dict[int, FreeSeat]:
    held = {seat_id for hold in holds if hold.hall == hall for seat_id in hold.seat_ids}
    return {seat_id: seat for seat_id, seat in seats.items() if seat_id not in held}


def _summarise_plan(hall: SampleHall) -> str:
    if hall.plan is None:
        return ""
    return "\n".join(
        (
            _count(f"seats of {hall.code} by section", (seat.section for seat in hall.plan.seats)),
            _count(f"seats of {hall.code} by tier", (seat.tier for seat in hall.plan.seats)),
            _count(f"seats of {hall.code} by kind", (seat.kind for seat in hall.plan.seats)),
        )
    )


def _count(name: str, items: Iterable[str]) -> str:
    counted = Counter(items)
    parts = ", ".join(f"{key} {count}" for key, count in sorted(counted.items()))
    return f"{name}: {counted.total()} ({parts})"
