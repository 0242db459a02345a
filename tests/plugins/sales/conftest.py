"""The small house, and a copy of the sample venue whose clock stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.plugins.sales.house import Clock, House, open_house
from venue_suite.settings import remember_ticket_key
from venue_suite.testing import SATURDAY_AFTERNOON, place_in


@pytest.fixture
async def house(engine: str, tmp_path: Path) -> AsyncIterator[House]:
    small = await open_house(place_in(tmp_path))
    yield small
    small.database.close()


@pytest.fixture
async def theatre(venue_folder: Path) -> AsyncIterator[House]:
    """The sample venue."""
    sample = await open_house(place_in(venue_folder), Clock(SATURDAY_AFTERNOON), fill=False)
    key = sample.signer
    await sample.database.write(remember_ticket_key, key.key_id, key.public_key)
    yield sample
    sample.database.close()
