"""The power is cut at any moment: all that was answered is there, and the house opens by itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest

from tests.faults.day import SeededClock, lay_foundation
from tests.faults.disk import Disk
from tests.faults.power import FILE, PowerDay, examine
from tests.faults.records import Record, first_seed, recorded, scaled
from venue_suite.database import sqlite

pytestmark = [pytest.mark.sqlite, pytest.mark.timeout(0)]

CUTS = scaled(500, 10_000)
CUTS_A_LIFE = 10
LIVES_A_DAY = 5
# Pages in the log until they are moved into the file: a day is too short for SQLite's thousand.
SHORT_LOG_PAGES = 40


def set_pragma(monkeypatch: pytest.MonkeyPatch, name: str, value: object) -> None:
    """Open databases with another setting than the product's."""
    assert name in sqlite._PRAGMAS
    monkeypatch.setitem(sqlite._PRAGMAS, name, value)


@pytest.fixture
async def foundation(tmp_path: Path) -> Path:
    folder = tmp_path / "foundation"
    await lay_foundation(folder / FILE)
    return folder


async def live_a_day(foundation: Path, folder: Path, seed: int, record: Record, lives: int) -> list[str]:
    """Some lives of one day; returns what was wrong with what each cut left."""
    shutil.copytree(foundation, folder / "life-0")
    power = PowerDay(folder, seed)
    wrong = []
    for life in range(lives):
        for image in await power.live(CUTS_A_LIFE):
            for sentence in await examine(image, SeededClock(seed=seed)):
                wrong.append(f"seed {seed}, life {life}: {sentence}")
            record.count += 1
    record.faults["operations answered before a cut"] += sum(power.day.counts.values())
    record.faults["writes and syncs"] += power.events
    shutil.rmtree(folder)
    return wrong


async def test_nothing_that_was_answered_is_lost(
    foundation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = first_seed()
    with recorded("power cut", "sqlite", "cuts") as record:
        while record.count < CUTS:
            with monkeypatch.context() as patch:
                if seed % 2:
                    set_pragma(patch, "wal_autocheckpoint", SHORT_LOG_PAGES)
                wrong = await live_a_day(
                    foundation, tmp_path / str(seed), seed, record, LIVES_A_DAY
                )
            assert wrong == []
            seed += 1
        record.seeds = f"{first_seed()} to {seed - 1}"
    print(record)
