"""The small venue, open, with an evening that stays on sale all night."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from venue_plugins.sales.tables import PerformanceRow

from tests.plugins.admission.small_venue import NOW, SmallVenue, open_small_venue
from venue_suite.database import Work
from venue_suite.testing import MovableClock, ServedVenue, make_venue


def stay_on_sale(work: Work) -> None:
    PerformanceRow.update(ends_at=NOW + timedelta(days=3)).execute()


@pytest.fixture
async def venue(engine: str, tmp_path: Path) -> AsyncIterator[SmallVenue]:
    small = await open_small_venue(tmp_path)
    await small.database.write(stay_on_sale)
    yield small
    small.database.close()


@pytest.fixture
async def served(engine: str, tmp_path: Path) -> AsyncIterator[ServedVenue]:
    """An empty venue with people of every role, over HTTP."""
    clock = MovableClock()
    await asyncio.to_thread(make_venue, tmp_path, clock)
    async with ServedVenue(tmp_path, clock) as venue:
        yield venue
