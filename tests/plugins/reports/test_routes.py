"""The reports API over HTTP: who may read, and what a bad question is told."""

from __future__ import annotations

import pytest
from venue_plugins.reports.wire import DayReport

from venue_suite.client import ServerRefused
from venue_suite.testing import ServedVenue

PATH = "/reports/day"


@pytest.mark.parametrize("role", ["cashier", "manager"])
async def test_counter_reads_the_day(served: ServedVenue, role: str) -> None:
    told = await served.client(role).get(PATH, DayReport)
    assert (told.day, told.currency, told.agrees) == ("2026-11-28", "CNY", True)
    assert told.total_minor == told.revenue_minor + told.tax_minor


@pytest.mark.parametrize("role", ["usher", "kiosk", "gate", "console"])
async def test_others_may_not(served: ServedVenue, role: str) -> None:
    with pytest.raises(ServerRefused, match=r"reports\.view") as refusal:
        await served.client(role).get(PATH, DayReport)
    assert (refusal.value.code, refusal.value.http_status) == ("not_allowed", 403)


async def test_stranger_may_not(served: ServedVenue) -> None:
    with pytest.raises(ServerRefused) as refusal:
        await served.client().get(PATH, DayReport)
    assert refusal.value.code == "not_signed_in"


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "x" * 201])
async def test_bad_day_is_named(served: ServedVenue, day: str) -> None:
    with pytest.raises(ServerRefused, match="day") as refusal:
        await served.client("cashier").get(PATH, DayReport, day=day)
    assert (refusal.value.code, refusal.value.http_status) == ("bad_request", 400)


async def test_other_day_is_asked_by_its_date(served: ServedVenue) -> None:
    told = await served.client("cashier").get(PATH, DayReport, day="2031-01-02")
    assert (told.day, told.tickets, told.hours) == ("2031-01-02", 0, {})
