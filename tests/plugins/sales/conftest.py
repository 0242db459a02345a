"""The small house, and the sample venue of a whole theatre."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.plugins.sales.house import Clock, House, open_house
from venue_suite.hookspecs import SampleWish
from venue_suite.settings import remember_ticket_key

SAMPLE_DAY = date(2026, 11, 28)
SAMPLE_NOW = datetime(2026, 11, 28, 10, 0, tzinfo=UTC)  # Saturday, 18:00 in Shanghai


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    small = await open_house(tmp_path / "house.db")
    yield small
    small.database.close()


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample venue, made once; tests work on copies."""
    path = tmp_path_factory.mktemp("sample") / "venue.db"

    async def make() -> None:
        theatre = await open_house(path, Clock(SAMPLE_NOW), fill=False)
        try:
            wish = SampleWish(SAMPLE_DAY, random.Random(7))
            await theatre.database.write(theatre.plugins.fill_sample, wish)
            key = theatre.signer
            await theatre.database.write(remember_ticket_key, key.key_id, key.public_key)
        finally:
            theatre.database.close()

    asyncio.run(make())
    return path


@pytest.fixture
async def theatre(sample_file: Path, tmp_path: Path) -> AsyncIterator[House]:
    """A copy of the sample venue."""
    path = tmp_path / "theatre.db"
    shutil.copy(sample_file, path)
    sample = await open_house(path, Clock(SAMPLE_NOW), fill=False)
    yield sample
    sample.database.close()
