"""When a ticket lets its bearer in. Aware UTC in and out; local times through a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class AdmissionWindow:
    """From when until when a ticket admits, aware UTC; the end itself no longer does."""

    opens_at: datetime
    closes_at: datetime

    def admits(self, at: datetime) -> bool:
        return self.opens_at <= at < self.closes_at


def performance_window(
    starts_at: datetime, ends_at: datetime, *, doors_before_min: int = 45
) -> AdmissionWindow:
    """A performance with a beginning: from the opening of the doors until it ends.

    Latecomers are let in to the hall by the ushers; the gate stays open for them, and for people
    who step out and come back.

    Raises:
        ValueError: if it ends before it starts, or a time has no zone.
    """
    _check(starts_at, ends_at)
    return AdmissionWindow(_utc(starts_at) - timedelta(minutes=doors_before_min), _utc(ends_at))


def slot_window(
    starts_at: datetime, ends_at: datetime, *, early_min: int = 5, grace_min: int = 15
) -> AdmissionWindow:
    """A time slot of an open admission: from a little before it until a grace time after it.

    It says when one may come in, not how long one may stay.

    Raises:
        ValueError: if it ends before it starts, or a time has no zone.
    """
    _check(starts_at, ends_at)
    return AdmissionWindow(
        _utc(starts_at) - timedelta(minutes=early_min), _utc(ends_at) + timedelta(minutes=grace_min)
    )


def day_window(day: date, opens: time, closes: time, zone: ZoneInfo) -> AdmissionWindow:
    """Local opening hours of one day; `closes` at or before `opens` is the next morning."""
    last_day = day if closes > opens else day + timedelta(days=1)
    return AdmissionWindow(local_instant(day, opens, zone), local_instant(last_day, closes, zone))


def local_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local wall-clock time.

    When clocks go forward, a time that the day skips counts from before the change: 02:30 becomes
    03:30. When they go back, a time that comes twice is the first one.
    """
    return datetime.combine(day, at, zone).astimezone(UTC)


def timed_performance(
    day: date, at: time, length_min: int, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    """Start and end in UTC of something that starts at a local time and lasts so many minutes.

    The length is real time: a late show that runs over midnight or over a change of the clocks
    still lasts as long as it does.
    """
    starts_at = local_instant(day, at, zone)
    return starts_at, starts_at + timedelta(minutes=length_min)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def _check(starts_at: datetime, ends_at: datetime) -> None:
    if starts_at.tzinfo is None or ends_at.tzinfo is None:
        raise ValueError("times of a performance carry a zone")
    if ends_at < starts_at:
        raise ValueError("a performance ends after it starts")
