"""A fake venue that is stopped again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.terminal_ui.fake_venue import FakeVenue


@pytest.fixture
async def venue() -> AsyncIterator[FakeVenue]:
    fake = FakeVenue()
    await fake.start()
    yield fake
    await fake.stop()
