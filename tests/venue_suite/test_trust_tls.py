"""Stations and server over real TLS: who is let in, who is hung up on, and who hears nothing."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.venue_suite.trust_world import SecureVenue, secure_venue
from venue_suite.client import ServerRefused, VenueClient
from venue_suite.domain.errors import ServerAway, ServerNotOurs
from venue_suite.testing import PIN, MovableClock, token_of
from venue_suite.wire import Me


@pytest.fixture
async def secure(
    bare_copy: Path, tmp_path: Path, clock: MovableClock
) -> AsyncIterator[SecureVenue]:
    """A bare venue that speaks TLS."""
    async with secure_venue(bare_copy, tmp_path / "stations", clock) as world:
        yield world


async def test_station_is_known_by_its_certificate(secure: SecureVenue) -> None:
    await secure.enrol("kiosk-2")
    me = await (await secure.station("kiosk-2")).get("/me", Me)
    assert (me.kind, me.code, me.station_kind) == ("station", "kiosk-2", "kiosk")
