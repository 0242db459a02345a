"""Settings in the database: who the venue is, its keys, and its day."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from venue_suite.database import Database
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.settings import (
    UNNAMED,
    VENUE_KEY,
    VenueIdentity,
    current_business_day,
    put_setting,
    read_identity,
    read_setting,
    read_ticket_keys,
    remember_ticket_key,
)
from venue_suite.testing import MovableClock


async def test_setting_is_its_default_and_then_the_newest_value(database: Database) -> None:
    assert await database.read(read_setting, "x", int, 7) == 7
    for value in (1, 2):
        await database.write(put_setting, "x", value)
        assert await database.read(read_setting, "x", int, 7) == value
    with pytest.raises(msgspec.ValidationError):
        await database.read(read_setting, "x", str, "")


async def test_venue_has_a_name_from_the_start(database: Database) -> None:
    assert await database.read(read_identity) == UNNAMED
    identity = VenueIdentity(name={"en": "Odeon"}, currency="JPY", time_zone="Asia/Tokyo")
    await database.write(put_setting, VENUE_KEY, identity)
    assert await database.read(read_identity) == identity


async def test_setting_of_a_newer_version_is_still_read(database: Database) -> None:
    await database.write(put_setting, VENUE_KEY, {"name": {"en": "Odeon"}, "new_field": [1]})
    assert (await database.read(read_identity)).name == {"en": "Odeon"}


async def test_every_key_that_ever_signed_is_remembered(database: Database) -> None:
    assert await database.read(read_ticket_keys) == {}
    first = await database.write(remember_ticket_key, b"\x01" * 4, b"\x02" * 32)
    both = await database.write(remember_ticket_key, b"\x03" * 4, b"\x04" * 32)
    assert first == {b"\x01" * 4: b"\x02" * 32}
    assert both == {**first, b"\x03" * 4: b"\x04" * 32}
    assert await database.write(remember_ticket_key, b"\x01" * 4, b"\x02" * 32) == both
    assert await database.read(read_ticket_keys) == both


async def test_business_day_follows_the_venues_clock(tmp_path: Path) -> None:
    clock = MovableClock(datetime(2026, 11, 28, 19, 50, tzinfo=UTC))  # 03:50 in Shanghai
    database = Database(tmp_path / "venue.db", seams=clock.seams)
    database.open(KERNEL_MIGRATIONS)
    assert await database.read(current_business_day) == "2026-11-28"
    clock.advance(700)
    assert await database.read(current_business_day) == "2026-11-29"
    database.close()
