"""The small venue, open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.plugins.admission.small_venue import SmallVenue, open_small_venue


@pytest.fixture
async def venue(engine: str, tmp_path: Path) -> AsyncIterator[SmallVenue]:
    small = await open_small_venue(tmp_path)
    yield small
    small.database.close()
