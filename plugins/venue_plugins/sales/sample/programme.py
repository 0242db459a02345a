"""The programme of the sample: weekly rules turned into dated performances and time slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from venue_plugins.sales.domain.validity import (
    performance_window,
    slot_window,
    timed_performance,
)
from venue_plugins.sales.sample.model import SampleEvent, SampleHall, SamplePerformance
from venue_plugins.sales.sample.reading import Table

DAYS_BACK = 7
DAYS_AHEAD = 30


def make_performances(
    rules: Sequence[Table],
    events: Mapping[str, SampleEvent],
    halls: Mapping[str, SampleHall],
    start_day: date,
    zone: ZoneInfo,
) -> tuple[SamplePerformance, ...]:
    """All performances around `start_day`, by start and key."""
    made = [
        _make_performance(rule, events[rule["event"]], halls[rule["hall"]], (day, at), zone)
        for rule in rules
        for day in _days(rule, start_day)
        for at in _times(rule)
    ]
    return tuple(sorted(made, key=lambda performance: (performance.starts_at, performance.key)))


def _days(rule: Table, start_day: date) -> list[date]:
    first = -int(rule.get("days_back", DAYS_BACK))
    last = int(rule.get("days_ahead", DAYS_AHEAD))
    days = (start_day + timedelta(days=offset) for offset in range(first, last + 1))
    return [day for day in days if day.isoweekday() in rule["weekdays"]]


def _times(rule: Table) -> list[time]:
    """Either the times that the rule names, or one every so many minutes."""
    if "at" in rule:
        return [time.fromisoformat(text) for text in rule["at"]]
    first = datetime.combine(date.min, time.fromisoformat(rule["first"]), UTC)
    last = datetime.combine(date.min, time.fromisoformat(rule["last"]), UTC)
    step = timedelta(minutes=rule["every_min"])
    return [(first + index * step).time() for index in range((last - first) // step + 1)]


def _make_performance(
    rule: Table, event: SampleEvent, hall: SampleHall, at: tuple[date, time], zone: ZoneInfo
) -> SamplePerformance:
    day, start = at
    starts_at, ends_at = timed_performance(day, start, rule["length_min"], zone)
    if event.reserved:
        window = performance_window(starts_at, ends_at, doors_before_min=event.doors_before_min)
    else:
        window = slot_window(
            starts_at, ends_at, early_min=event.early_min, grace_min=event.grace_min
        )
    return SamplePerformance(
        key=f"{event.code}/{hall.code}/{day.isoformat()}T{start:%H:%M}",
        event=event.code,
        hall=hall.code,
        starts_at=starts_at,
        ends_at=ends_at,
        weekday=day.isoweekday(),
        seating="reserved" if event.reserved else "open",
        capacity=len(hall.plan.seats) if hall.plan else rule["capacity"],
        admits_from=window.opens_at,
        admits_until=window.closes_at,
    )
