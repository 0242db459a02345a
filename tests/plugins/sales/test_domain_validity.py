"""When tickets admit: over midnight, and when the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from venue_plugins.sales.domain.validity import (
    day_window,
    local_instant,
    performance_window,
    slot_window,
    timed_performance,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_performance_admits_from_the_doors_until_it_ends() -> None:
    starts_at, ends_at = timed_performance(date(2026, 11, 28), time(19, 30), 100, SHANGHAI)
    assert (starts_at, ends_at) == (utc("2026-11-28T11:30"), utc("2026-11-28T13:10"))
    window = performance_window(starts_at, ends_at, doors_before_min=45)
    assert not window.admits(utc("2026-11-28T10:44:59"))
    assert window.admits(utc("2026-11-28T10:45"))
    assert window.admits(ends_at - MINUTE)
    assert not window.admits(ends_at)


def test_a_slot_has_grace() -> None:
    starts_at, ends_at = timed_performance(date(2026, 11, 28), time(14), 60, SHANGHAI)
    window = slot_window(starts_at, ends_at, early_min=5, grace_min=15)
    assert window.opens_at == starts_at - 5 * MINUTE
    assert window.admits(ends_at + 14 * MINUTE)
    assert not window.admits(ends_at + 15 * MINUTE)


def test_a_late_show_runs_over_midnight() -> None:
    starts_at, ends_at = timed_performance(date(2026, 12, 31), time(23, 15), 100, SHANGHAI)
    assert ends_at.astimezone(SHANGHAI) == datetime(2027, 1, 1, 0, 55, tzinfo=SHANGHAI)
    assert performance_window(starts_at, ends_at).admits(utc("2026-12-31T16:30"))


def test_a_show_lasts_as_long_as_it_does_when_clocks_change() -> None:
    # Clocks go forward at 02:00 on 29 March 2026, and back at 03:00 on 25 October 2026.
    starts_at, ends_at = timed_performance(date(2026, 3, 28), time(23, 30), 240, BERLIN)
    assert ends_at - starts_at == timedelta(hours=4)
    assert ends_at.astimezone(BERLIN).time() == time(4, 30)
    _, ends_at = timed_performance(date(2026, 10, 24), time(23, 30), 240, BERLIN)
    assert ends_at.astimezone(BERLIN).time() == time(2, 30)


def test_a_time_that_the_day_skips_is_moved_on() -> None:
    assert local_instant(date(2026, 3, 29), time(2, 30), BERLIN) == utc("2026-03-29T01:30")
    moved = utc("2026-03-29T01:30").astimezone(BERLIN)
    assert moved.time() == time(3, 30)


def test_a_time_that_comes_twice_is_the_first() -> None:
    assert local_instant(date(2026, 10, 25), time(2, 30), BERLIN) == utc("2026-10-25T00:30")


def test_a_day_ticket_follows_the_opening_hours() -> None:
    window = day_window(date(2026, 11, 28), time(10), time(18), SHANGHAI)
    assert (window.opens_at, window.closes_at) == (
        utc("2026-11-28T02:00"),
        utc("2026-11-28T10:00"),
    )
    late = day_window(date(2026, 11, 28), time(20), time(2), SHANGHAI)
    assert late.closes_at - late.opens_at == timedelta(hours=6)
    whole = day_window(date(2026, 3, 29), time(0), time(0), BERLIN)
    assert whole.closes_at - whole.opens_at == timedelta(hours=23)


@pytest.mark.parametrize("make", [performance_window, slot_window])
def test_times_without_zone_or_in_the_wrong_order_are_mistakes(make) -> None:
    at = utc("2026-11-28T11:30")
    with pytest.raises(ValueError, match="zone"):
        make(at.replace(tzinfo=None), at)
    with pytest.raises(ValueError, match="after"):
        make(at, at - MINUTE)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - a wall clock
    st.integers(0, 600),
    st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu")]),
)
def test_windows_are_utc_and_hold_the_performance(
    wall: datetime, length_min: int, zone: ZoneInfo
) -> None:
    starts_at, ends_at = timed_performance(wall.date(), wall.time(), length_min, zone)
    assert ends_at - starts_at == length_min * MINUTE
    for window in (performance_window(starts_at, ends_at), slot_window(starts_at, ends_at)):
        assert window.opens_at.tzinfo is window.closes_at.tzinfo is UTC
        assert window.opens_at < starts_at <= ends_at <= window.closes_at
        assert window.admits(starts_at) or length_min == 0
