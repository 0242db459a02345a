"""What the sample venue has sold: orders of one to six people, so that plans look alive.

Some of them took what the best-seat search offered, the others chose a place on the plan.
"""

from __future__ import annotations

import random as chance
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from venue_plugins.sales.domain.best_seats import choose_best
from venue_plugins.sales.domain.plans import COMPANION, SEAT, WHEELCHAIR
from venue_plugins.sales.domain.seat_runs import FreeSeat
from venue_plugins.sales.domain.validity import local_instant
from venue_plugins.sales.sample.model import (
    SampleEvent,
    SampleOrder,
    SamplePerformance,
    SampleStaff,
    SampleStation,
    SampleTicket,
)
from venue_plugins.sales.sample.reading import Table

OPENS = time(10, 0)
OPEN_MIN = 630  # the box office closes at 20:30
TRIES = 12  # to find a free place on the plan by pointing at it


@dataclass(frozen=True, slots=True)
class House:
    """What history is made from.

    Attributes:
        data: the table `history`.
        seats: hall code -> its seats that are for sale, by id.
        focus_y_cm: hall code -> best spot of its plan.
        now: orders lie before it; performances that start after it are coming.
    """

    data: Table
    events: Mapping[str, SampleEvent]
    seats: Mapping[str, Mapping[int, FreeSeat]]
    focus_y_cm: Mapping[str, int]
    stations: Sequence[SampleStation]
    cashiers: Sequence[SampleStaff]
    zone: ZoneInfo
    now: datetime


def make_orders(
    house: House, performances: Sequence[SamplePerformance], random: chance.Random
) -> tuple[SampleOrder, ...]:
    """Orders for what is over and for the next performances, by the time they were placed."""
    orders: list[SampleOrder] = []
    for performance, places, orders_max in _plan_sales(house, performances, random):
        orders += _sell(house, performance, places, orders_max, random)
    return tuple(sorted(orders, key=lambda order: (order.placed_at, order.performance)))


def _plan_sales(
    house: House, performances: Sequence[SamplePerformance], random: chance.Random
) -> Iterator[tuple[SamplePerformance, int, int]]:
    """Which performance has sold how many places, and in how many orders at most."""
    for fill in house.data["fill"]:
        coming = [
            performance
            for performance in performances
            if performance.starts_at > house.now
            and (performance.event, performance.hall) == (fill["event"], fill["hall"])
        ]
        for performance, share in zip(coming, fill["shares"], strict=False):
            for_sale = len(house.seats.get(performance.hall, ())) or performance.capacity
            yield performance, round(for_sale * share), for_sale
    past = house.data["past"]
    slots: dict[tuple[str, str], list[SamplePerformance]] = {}
    for performance in performances:
        if performance.starts_at > house.now:
            continue
        if performance.seating == "reserved":
            yield performance, performance.capacity, past["reserved_orders"]
        else:
            day = performance.key.partition("T")[0]
            slots.setdefault((performance.event, day), []).append(performance)
    for day_slots in slots.values():
        for performance in random.sample(day_slots, min(past["open_orders_a_day"], len(day_slots))):
            yield performance, performance.capacity, 1


def _sell(
    house: House,
    performance: SamplePerformance,
    places: int,
    orders_max: int,
    random: chance.Random,
) -> Iterator[SampleOrder]:
    """Sell until so many places or orders are gone."""
    free = dict(house.seats.get(performance.hall, {}))
    made = 0
    while places > 0 and made < orders_max:
        size = min(places, int(_draw(house.data["parties"], random)))
        if performance.seating == "reserved":
            seats = _choose_seats(house, performance, free, size, random)
            for seat in seats:
                del free[seat.id]
            tickets = _write_tickets(house, performance, seats, random)
        else:
            tickets = _write_open_tickets(house, performance, size, random)
        places -= len(tickets)
        made += 1
        yield _write_order(house, performance, tickets, random)


def _choose_seats(
    house: House,
    performance: SamplePerformance,
    free: Mapping[int, FreeSeat],
    size: int,
    random: chance.Random,
) -> list[FreeSeat]:
    """Seats for a party, as few visitors as it takes if the house is nearly full."""
    if random.randrange(100) >= house.data["habits"]["best_seats"]:
        pointed = _point_at_seats(free, size, random)
        if pointed:
            return pointed
    tiers = list(house.events[performance.event].best_value[performance.hall])
    first = random.choices(tiers, weights=range(len(tiers) + 1, 1, -1))[0]
    order = [first, *(tier for tier in tiers if tier != first)]
    for party in range(min(size, len(free)), 0, -1):
        for wheelchair in (0, 1):
            choice = choose_best(
                list(free.values()),
                party,
                wheelchair=wheelchair,
                tier_order=order,
                focus_y_cm=house.focus_y_cm[performance.hall],
            )
            if choice is not None:
                return [free[seat_id] for seat_id in choice.seat_ids]
    return list(free.values())[:size]  # single companion seats, when all else is gone


def _point_at_seats(
    free: Mapping[int, FreeSeat], size: int, random: chance.Random
) -> list[FreeSeat]:
    """Free neighbours around a spot chosen at random; nearer rows are pointed at more often."""
    ids = list(free)
    at = {(seat.section, seat.line, seat.place): seat for seat in free.values()}
    for _ in range(TRIES):
        seed = free[ids[int(len(ids) * random.random() ** 1.7)]]
        places = range(seed.place, seed.place + size)
        party = [at.get((seed.section, seed.line, place)) for place in places]
        found = [seat for seat in party if seat is not None]
        if len(found) == size and all(
            seat.block == seed.block and seat.kind == SEAT for seat in found
        ):
            return found
    return []


def _write_tickets(
    house: House,
    performance: SamplePerformance,
    seats: Sequence[FreeSeat],
    random: chance.Random,
) -> tuple[SampleTicket, ...]:
    """One ticket a seat; wheelchair places and their companions have their own type."""
    prices = house.events[performance.event].prices_minor[performance.hall]
    tickets: list[SampleTicket] = []
    for index, seat in enumerate(seats):
        code = "a" if index == 0 else str(_draw(house.data["ticket_types"], random))
        if seat.kind in (WHEELCHAIR, COMPANION):
            code = "x"
        tickets.append(SampleTicket(code, seat.tier, seat.id, prices[code][seat.tier]))
    return tuple(tickets)


def _write_open_tickets(
    house: House, performance: SamplePerformance, size: int, random: chance.Random
) -> tuple[SampleTicket, ...]:
    prices = house.events[performance.event].prices_minor[performance.hall]
    codes = ["a", *(str(_draw(house.data["ticket_types"], random)) for _ in range(size - 1))]
    return tuple(SampleTicket(code, "open", 0, prices[code]["open"]) for code in codes)


def _write_order(
    house: House,
    performance: SamplePerformance,
    tickets: tuple[SampleTicket, ...],
    random: chance.Random,
) -> SampleOrder:
    habits = house.data["habits"]
    channel = "kiosk" if random.randrange(100) < habits["at_kiosk"] else "counter"
    station = random.choice([place for place in house.stations if place.channel == channel])
    by_cash = channel == "counter" and random.randrange(100) < habits["cash_at_counter"]
    placed_at = _choose_time(house, performance, random)
    return SampleOrder(
        performance=performance.key,
        tickets=tickets,
        station=station.code,
        staff=random.choice(house.cashiers).code if channel == "counter" else "",
        channel=channel,
        tender="cash" if by_cash else "qr",
        placed_at=placed_at,
        paid_at=placed_at + timedelta(seconds=random.randrange(20, 100)),
        language="en" if random.randrange(100) < habits["english"] else "zh",
    )


def _choose_time(house: House, performance: SamplePerformance, random: chance.Random) -> datetime:
    """When an order was placed: in opening hours of the week before, most of them late."""
    latest = min(performance.starts_at, house.now) - timedelta(minutes=2)
    day = latest.astimezone(house.zone).date() - timedelta(
        days=min(6, int(random.expovariate(0.5)))
    )
    opened = local_instant(day, OPENS, house.zone)
    span = min(timedelta(minutes=OPEN_MIN), latest - opened)
    if span < timedelta(minutes=1):  # that day the window has not opened yet: the evening before
        opened -= timedelta(days=1)
        span = timedelta(minutes=OPEN_MIN)
    at = opened + span * random.random()
    return datetime.fromtimestamp(int(at.timestamp()), UTC)


def _draw(weights: Mapping[str, int], random: chance.Random) -> str:
    return random.choices(list(weights), weights=list(weights.values()))[0]
