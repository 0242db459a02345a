"""The sample venue: complete, consistent, the same for the same seed, and quick."""

from __future__ import annotations

import random
import re
import time as clock
from collections import Counter
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from venue_plugins.sales.domain.best_seats import choose_best, find_focus
from venue_plugins.sales.domain.plans import SEAT
from venue_plugins.sales.domain.seat_runs import locate
from venue_plugins.sales.sample import SampleVenue, build_sample, summarise

ZONE = "Asia/Shanghai"
SATURDAY = date(2026, 11, 28)


def build(start_day: date = SATURDAY, seed: int = 7, **options: datetime) -> SampleVenue:
    return build_sample(start_day, ZONE, random.Random(seed), **options)


@pytest.fixture(scope="module")
def sample() -> SampleVenue:
    return build()


def test_everything_is_counted(sample: SampleVenue) -> None:
    text = summarise(sample)
    for line in (
        "halls: 4 (gallery 1, main 1, rink 1, studio 1)",
        "seats of main by section: 1200 (A 324, B 266, S 610)",
        "seats of main by tier: 1200 (T1 220, T2 390, T3 324, T4 266)",
        "seats of main by kind: 1200 (companion 5, seat 1190, wheelchair 5)",
        "seats of studio by kind: 120 (companion 2, seat 116, wheelchair 2)",
        "ticket types: 5 (a 1, c 1, e 1, s 1, x 1)",
        "staff: 5 (cashier 2, manager 1, usher 2)",
        "lanes: 3 (front-a 1, front-b 1, step-free 1)",
        "sold tide/main/2026-11-28T19:30: 416 of 1200",
        "sold night/studio/2026-11-29T19:30: 120 of 120",
    ):
        assert line in text.splitlines()
    assert 380 <= len(sample.orders) <= 520


def test_the_same_seed_gives_the_same_venue(sample: SampleVenue) -> None:
    assert build() == sample
    assert build(seed=8).orders != sample.orders


def test_it_is_made_in_less_than_a_second_and_a_half() -> None:
    began = clock.process_time()
    build(seed=3)
    assert clock.process_time() - began < 1.5


# --- places and prices -------------------------------------------------------------------------


def test_seat_ids_are_unique_in_the_venue_and_seats_do_not_overlap(sample: SampleVenue) -> None:
    plans = [hall.plan for hall in sample.halls if hall.plan is not None]
    ids = [seat.id for plan in plans for seat in plan.seats]
    assert len(ids) == len(set(ids)) == 1320
    for plan in plans:
        at = {(seat.x, seat.y): seat for seat in plan.seats}
        assert len(at) == len(plan.seats)
        for seat in plan.seats:
            assert not any(
                (seat.x + dx, seat.y + dy) in at
                for dx in range(-38, 39)
                for dy in range(-38, 39)
                if (dx, dy) != (0, 0) and dx * dx + dy * dy < 38 * 38
            )


def test_every_wheelchair_place_has_a_companion_beside_it(sample: SampleVenue) -> None:
    for hall in sample.halls:
        if hall.plan is None:
            continue
        seats = locate(hall.plan.seats).values()
        at = {(seat.section, seat.line, seat.place): seat for seat in seats}
        for seat in seats:
            if seat.kind == "wheelchair":
                beside = [at.get((seat.section, seat.line, seat.place + d)) for d in (-1, 1)]
                kinds = [other.kind for other in beside if other and other.block == seat.block]
                assert "companion" in kinds


def test_prices_are_the_shares_of_the_adult_price(sample: SampleVenue) -> None:
    tide = next(event for event in sample.events if event.code == "tide")
    prices = tide.prices_minor["main"]
    assert prices["a"] == {"T1": 48000, "T2": 38000, "T3": 28000, "T4": 18000}
    assert prices["s"]["T2"] == 30400
    assert prices["c"]["T2"] == prices["e"]["T2"] == prices["x"]["T2"] == 19000


def test_every_event_has_a_price_for_every_tier_of_its_halls(sample: SampleVenue) -> None:
    halls = {hall.code: hall for hall in sample.halls}
    codes = {kind.code for kind in sample.ticket_types}
    for performance in sample.performances:
        event = next(event for event in sample.events if event.code == performance.event)
        plan = halls[performance.hall].plan
        tiers = {seat.tier for seat in plan.seats} if plan else {"open"}
        prices = event.prices_minor[performance.hall]
        assert set(prices) == codes
        assert all(set(by_tier) == tiers for by_tier in prices.values())
        assert event.reserved == (plan is not None) == (performance.seating == "reserved")
        if plan:
            assert set(event.best_value[performance.hall]) == tiers
            assert performance.capacity == len(plan.seats)
    known = {tier.code for tier in sample.tiers}
    assert {seat.tier for hall in sample.halls if hall.plan for seat in hall.plan.seats} < known


def test_an_empty_main_hall_offers_row_nine_in_the_middle(sample: SampleVenue) -> None:
    plan = next(hall.plan for hall in sample.halls if hall.code == "main")
    assert plan is not None
    seats = locate(plan.seats)
    choice = choose_best(
        list(seats.values()),
        2,
        tier_order=("T2", "T1", "T3", "T4"),
        focus_y_cm=find_focus(seats.values()),
    )
    assert choice is not None
    by_id = {seat.id: seat for seat in plan.seats}
    assert [(by_id[i].section, by_id[i].row) for i in choice.seat_ids] == [("S", "9")] * 2
    assert {by_id[i].number for i in choice.seat_ids} <= {"14", "15", "16", "17"}


# --- programme ---------------------------------------------------------------------------------


def test_no_hall_is_used_twice_at_once(sample: SampleVenue) -> None:
    for hall in ("main", "studio"):
        played = [p for p in sample.performances if p.hall == hall]
        for first, second in pairwise(played):
            assert second.starts_at - first.ends_at >= timedelta(minutes=30)


def test_stage_and_studio_rest_on_mondays_and_the_exhibition_does_not(
    sample: SampleVenue,
) -> None:
    zone = ZoneInfo(ZONE)
    mondays = {p.hall for p in sample.performances if p.weekday == 1}
    assert mondays == {"gallery", "rink"}
    for performance in sample.performances:
        assert performance.starts_at.astimezone(zone).isoweekday() == performance.weekday
        assert performance.admits_from < performance.starts_at
        assert performance.ends_at <= performance.admits_until
    slots = [p for p in sample.performances if p.event == "win"]
    day = [p for p in slots if p.key.startswith("win/gallery/2026-11-30")]
    hours = [p.starts_at.astimezone(zone).hour for p in day]
    assert hours == list(range(10, 18))
    assert {p.capacity for p in slots} == {60}


def test_there_is_a_month_of_it(sample: SampleVenue) -> None:
    zone = ZoneInfo(ZONE)
    days = {p.starts_at.astimezone(zone).date() for p in sample.performances}
    assert min(days) == SATURDAY - timedelta(days=7)
    assert max(days) == SATURDAY + timedelta(days=30)
    assert {p.event for p in sample.performances} == {e.code for e in sample.events}


def test_the_clocks_of_another_zone_change_under_it() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    sample = build_sample(date(2026, 3, 20), "Europe/Berlin", random.Random(1))
    evenings = [p for p in sample.performances if p.event == "tide" and p.hall == "main"]
    assert {p.starts_at.astimezone(berlin).strftime("%H:%M") for p in evenings} == {"19:30"}
    assert len({p.starts_at.hour for p in evenings}) == 2


# --- history -----------------------------------------------------------------------------------


def check_orders(sample: SampleVenue, before: datetime) -> None:
    """Everything that must hold of sold places, whatever day it is."""
    performances = {p.key: p for p in sample.performances}
    events = {event.code: event for event in sample.events}
    seats = {s.id: s for hall in sample.halls if hall.plan for s in hall.plan.seats}
    held = {seat_id for hold in sample.holds for seat_id in hold.seat_ids}
    stations = {station.code: station for station in sample.stations}
    taken: set[tuple[str, int]] = set()
    sold = Counter[str]()
    for order in sample.orders:
        performance = performances[order.performance]
        sold[order.performance] += len(order.tickets)
        assert 1 <= len(order.tickets) <= 6
        assert order.placed_at < order.paid_at <= before
        assert order.paid_at < performance.starts_at
        assert stations[order.station].channel == order.channel
        assert bool(order.staff) == (order.channel == "counter")
        assert order.tender == "qr" or order.channel == "counter"
        for ticket in order.tickets:
            prices = events[performance.event].prices_minor[performance.hall]
            assert ticket.price_minor == prices[ticket.type_code][ticket.tier]
            if performance.seating == "open":
                assert (ticket.seat_id, ticket.tier) == (0, "open")
                continue
            seat = seats[ticket.seat_id]
            assert (performance.key, seat.id) not in taken
            taken.add((performance.key, seat.id))
            assert seat.id not in held
            assert ticket.tier == seat.tier
            assert (ticket.type_code == "x") == (seat.kind != SEAT)
    assert all(count <= performances[key].capacity for key, count in sold.items())
    assert [o.placed_at for o in sample.orders] == sorted(o.placed_at for o in sample.orders)


@pytest.mark.parametrize("offset", range(7))
def test_history_holds_together_on_every_day_of_the_week(offset: int) -> None:
    start_day = SATURDAY + timedelta(days=offset)
    sample = build(start_day, seed=offset)
    midnight = datetime(start_day.year, start_day.month, start_day.day, tzinfo=ZoneInfo(ZONE))
    check_orders(sample, midnight.astimezone(UTC))


@pytest.mark.parametrize("hour", [0, 9, 14, 19, 23])
def test_history_ends_now(hour: int) -> None:
    now = datetime(2026, 11, 28, hour, 10, tzinfo=ZoneInfo(ZONE))
    sample = build(now=now)
    check_orders(sample, now)
    today = [o for o in sample.orders if o.paid_at.astimezone(ZoneInfo(ZONE)).date() == SATURDAY]
    assert bool(today) == (hour > 10)


def test_parties_sit_together_and_types_differ(sample: SampleVenue) -> None:
    seats = {
        seat_id: seat
        for hall in sample.halls
        if hall.plan
        for seat_id, seat in locate(hall.plan.seats).items()
    }
    tonight = [o for o in sample.orders if o.performance == "tide/main/2026-11-28T19:30"]
    assert len(tonight) > 100
    for order in tonight:
        places = sorted(seats[ticket.seat_id].place for ticket in order.tickets)
        assert places == list(range(places[0], places[0] + len(places)))
    types = Counter(ticket.type_code for o in sample.orders for ticket in o.tickets)
    assert set(types) == {"a", "s", "c", "e", "x"}
    assert {o.language for o in sample.orders} == {"zh", "en"}


# --- texts -------------------------------------------------------------------------------------


def walk_texts(value: object, path: str = "") -> list[tuple[str, dict[str, str]]]:
    """Every text in several languages below a value, with where it stands."""
    if isinstance(value, dict):
        if value and all(isinstance(text, str) for text in value.values()):
            return [(path, value)]
        return [t for key, item in value.items() for t in walk_texts(item, f"{path}.{key}")]
    if isinstance(value, tuple):
        return [t for i, item in enumerate(value) for t in walk_texts(item, f"{path}[{i}]")]
    if is_dataclass(value):
        names = [field.name for field in fields(value)]
        return [t for name in names for t in walk_texts(getattr(value, name), f"{path}.{name}")]
    return []


def test_every_text_is_there_in_chinese_and_english(sample: SampleVenue) -> None:
    texts = walk_texts(sample)
    assert len(texts) > 60
    for path, text in texts:
        assert set(text) == {"zh", "en"}, path
        assert bool(text["zh"]) == bool(text["en"]), path
        assert not re.search(r"[\u4e00-\u9fff]", text["en"]), path
        if text["zh"]:
            assert re.search(r"[\u4e00-\u9fff]", text["zh"]), path
            assert not re.search(r"[\u4e00-\u9fff][,;:?!]", text["zh"]), path
