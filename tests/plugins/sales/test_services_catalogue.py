"""What is listed: the right performances, on the venue's own days, with what is left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from venue_plugins.sales import wire
from venue_plugins.sales.services import catalogue
from venue_plugins.sales.services.cards import stock_state
from venue_plugins.sales.tables import PerformanceRow, PriceListRow

from tests.plugins.sales.house import (
    ADULT,
    BLOCKED_SEAT,
    MATINEE,
    NOW,
    OPEN_DAY,
    OVER,
    SEATS,
    SLOT,
    SLOT_PLACES,
    STOPPED,
    TONIGHT,
    House,
    want,
)
from venue_suite.domain.errors import BadRequest, NotFound


async def listed(house: House, event: int = 0, day: str = "") -> list[int]:
    return [card.id for card in await house.read(catalogue.list_performances, event, day)]


async def card_of(house: House, performance: int) -> wire.PerformanceCard:
    detail: wire.PerformanceDetail = await house.read(catalogue.read_detail, performance)
    return detail.card


async def events(house: House) -> dict[str, wire.EventCard]:
    return {one.title["en"]: one for one in await house.read(catalogue.list_events)}


def move(performance: int, **values: Any) -> Callable[[Any], None]:
    def change(work: Any) -> None:
        PerformanceRow.update(**values).where(PerformanceRow.id == performance).execute()

    return change


# --- performances -------------------------------------------------------------------------------


async def test_performances_that_have_not_ended_are_listed_by_their_start(house: House) -> None:
    assert await listed(house) == [SLOT, TONIGHT, OPEN_DAY, MATINEE, STOPPED]
    assert await listed(house, event=1) == [TONIGHT, MATINEE, STOPPED]
    assert await listed(house, event=999) == []
    house.clock.turn(hours=3)  # the slot has ended
    assert await listed(house) == [TONIGHT, OPEN_DAY, MATINEE, STOPPED]


async def test_days_are_the_venues_own(house: House) -> None:
    """In Shanghai the day begins at 16:00 UTC of the day before."""
    before, after = (
        datetime(2026, 11, 28, 15, 59, tzinfo=UTC),
        datetime(2026, 11, 28, 16, tzinfo=UTC),
    )
    await house.database.write(move(MATINEE, starts_at=before, ends_at=after))
    await house.database.write(move(OPEN_DAY, starts_at=after, ends_at=after + timedelta(hours=1)))
    assert await listed(house, day="2026-11-28") == [MATINEE]
    assert await listed(house, day="2026-11-29") == [OPEN_DAY, STOPPED]
    assert await listed(house, event=2, day="2026-11-29") == [OPEN_DAY]
    assert (await events(house))["Windows"].days == ["2026-11-27", "2026-11-29"]


@pytest.mark.parametrize(
    "day", ["tomorrow", "2026-13-01", "2026-02-30", "9999-12-31", "0001-01-01"]
)
async def test_day_that_is_none_is_refused(house: House, day: str) -> None:
    with pytest.raises(BadRequest):
        await listed(house, day=day)


async def test_card_says_what_is_left(house: House) -> None:
    await house.place(want(ADULT, 2))
    await house.sell(want(ADULT, 3))
    card = await card_of(house, TONIGHT)
    assert (card.capacity, card.places_left) == (SEATS, SEATS - 1 - 5)
    assert (card.seating, card.state, card.wheelchair_left) == ("reserved", "plenty", 1)
    assert (card.from_price_minor, card.to_price_minor) == (6000, 10000)
    slot = await card_of(house, SLOT)
    assert (slot.seating, slot.wheelchair_left, slot.places_left) == ("open", 0, SLOT_PLACES)
    assert (await card_of(house, STOPPED)).state == "stopped"
    assert (await card_of(house, OVER)).state == "stopped"


async def test_list_and_card_say_the_same(house: House) -> None:
    await house.place(want(ADULT, 2), wheelchair=True)
    for card in await house.read(catalogue.list_performances):
        assert card == await card_of(house, card.id)


@pytest.mark.parametrize(
    ("left", "capacity", "state"),
    [
        (0, 100, "sold_out"),
        (-1, 100, "sold_out"),
        (1, 100, "few"),
        (10, 100, "few"),
        (12, 100, "few"),
        (13, 100, "plenty"),
        (10, 12, "few"),
        (11, 12, "plenty"),
        (144, 1200, "few"),
        (145, 1200, "plenty"),
    ],
)
def test_few_is_said_of_the_last_ones(left: int, capacity: int, state: str) -> None:
    assert stock_state(left, capacity) == state


# --- events -------------------------------------------------------------------------------------


async def test_events_stand_in_the_houses_order(house: House) -> None:
    found = await events(house)
    assert list(found) == ["Windows", "Tide"]
    tide = found["Tide"]
    assert (tide.state, tide.next_performance_id) == ("plenty", TONIGHT)
    assert tide.next_hall == {"zh": "大厅", "en": "Main hall"}
    assert tide.places_left == SEATS - 1
    assert tide.from_price_minor == 6000
    assert tide.days == ["2026-11-27", "2026-11-28"]  # the stopped one is no day to go
    assert tide.last_ends_at == NOW + timedelta(hours=3, minutes=30)
    assert found["Windows"].state == "any_time"


async def test_event_goes_on_with_its_next_performance_when_one_is_sold_out(house: House) -> None:
    await house.database.write(move(TONIGHT, sold=SEATS - 1))
    tide = (await events(house))["Tide"]
    assert tide.next_performance_id == MATINEE
    assert tide.days == ["2026-11-28"]


async def test_event_without_a_place_left_says_so(house: House) -> None:
    for performance in (TONIGHT, MATINEE):
        await house.database.write(move(performance, sold=SEATS - 1))
    tide = (await events(house))["Tide"]
    assert (tide.state, tide.next_performance_id, tide.next_starts_at) == ("sold_out", 0, None)
    assert (tide.days, tide.last_ends_at, tide.places_left) == ([], None, 0)


async def test_event_that_is_stopped_says_so(house: House) -> None:
    for performance in (TONIGHT, MATINEE):
        await house.database.write(move(performance, state="stopped"))
    assert (await events(house))["Tide"].state == "stopped"


async def test_event_that_is_over_is_gone(house: House) -> None:
    house.clock.turn(days=30)
    assert await house.read(catalogue.list_events) == []


# --- details and plans --------------------------------------------------------------------------


async def test_detail_explains_prices(house: House) -> None:
    detail = await house.read(catalogue.read_detail, TONIGHT)
    assert [(one.code, one.rank, one.full_price_minor) for one in detail.tiers] == [
        ("T1", 1, 10000),
        ("T2", 2, 6000),
    ]
    prices = {one.code: one.prices_minor for one in detail.ticket_types}
    assert prices == {
        "a": {"T1": 10000, "T2": 6000},
        "c": {"T2": 3000},
        "x": {"T1": 5000, "T2": 3000},
        "g": {"T1": 0},
    }
    assert (detail.places_per_order_max, detail.hold_s) == (6, 600)
    assert detail.event.id == detail.card.event_id
    with pytest.raises(NotFound):
        await house.read(catalogue.read_detail, 999)


async def test_note_of_a_price_list_replaces_the_types_own(house: House) -> None:
    def note(work: Any) -> None:
        PriceListRow.update(notes={"c": {"en": "Ages 4-14"}}).where(PriceListRow.id == 1).execute()

    await house.database.write(note)
    detail = await house.read(catalogue.read_detail, TONIGHT)
    assert {one.code: one.note for one in detail.ticket_types}["c"] == {"en": "Ages 4-14"}


async def test_detail_of_a_performance_that_is_over_still_opens(house: House) -> None:
    house.clock.turn(days=30)
    detail = await house.read(catalogue.read_detail, TONIGHT)
    assert (detail.card.state, detail.event.state) == ("stopped", "stopped")


async def test_plan_shows_each_seats_state_as_of_the_feed(house: House) -> None:
    await house.place(want(ADULT, seats=[1]))
    await house.sell(want(ADULT, seats=[2]))
    plan = await house.read(catalogue.read_seat_plan, TONIGHT)
    states = {seat.id: seat.state for seat in plan.seats}
    assert len(states) == SEATS
    assert (states[1], states[2], states[BLOCKED_SEAT], states[3]) == (
        "held",
        "sold",
        "blocked",
        "free",
    )
    assert plan.feed_seq == len(house.facts)
    assert [section.name["en"] for section in plan.sections] == ["Stalls"]
    other = await house.read(catalogue.read_seat_plan, MATINEE)
    assert {seat.state for seat in other.seats} == {"free", "blocked"}


@pytest.mark.parametrize("performance", [SLOT, 999])
async def test_there_is_no_plan_without_seats(house: House, performance: int) -> None:
    with pytest.raises(NotFound):
        await house.read(catalogue.read_seat_plan, performance)
