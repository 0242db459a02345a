"""The power is cut at any moment: all that was answered is there, and the house opens by itself."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from random import Random

import pytest

from tests.faults.day import SeededClock, lay_foundation
from tests.faults.disk import Disk
from tests.faults.power import FILE, Image, PowerDay, examine
from tests.faults.records import Record, first_seed, recorded, scaled
from venue_suite.database import sqlite

pytestmark = [pytest.mark.sqlite, pytest.mark.timeout(0)]

CUTS = scaled(500, 10_000)
CUTS_IN_OPENING = scaled(20, 200)
CUTS_A_LIFE = 10
LIVES_A_DAY = 8
# Pages in the log until they are copied back: a day is too short for the product's thousand.
SHORT_LOG_PAGES = 40
# Cuts that a run must have made to prove anything.
MOMENTS = ("write wal", "sync wal", "write file", "sync file")


def set_pragma(monkeypatch: pytest.MonkeyPatch, name: str, value: object) -> None:
    """Open databases with another setting than the product's."""
    assert name in sqlite._PRAGMAS
    monkeypatch.setitem(sqlite._PRAGMAS, name, value)


@pytest.fixture
async def foundation(tmp_path: Path) -> Path:
    """The house as it is before each day."""
    folder = tmp_path / "foundation"
    await lay_foundation(folder / FILE)
    return folder


async def live_a_day(foundation: Path, folder: Path, seed: int, record: Record) -> list[str]:
    """Some lives of one day; returns what was wrong with what each cut left."""
    shutil.copytree(foundation, folder / "life-0")
    power = PowerDay(folder, seed)
    for life in range(LIVES_A_DAY):
        for image in await power.live(CUTS_A_LIFE):
            wrong = await examine(image, SeededClock(seed=seed))
            record.count += 1
            if wrong:
                return [f"seed {seed}, life {life}: {sentence}" for sentence in wrong]
    await power.end()
    record.faults += power.faults
    record.faults["operations answered"] += sum(power.day.counts.values())
    shutil.rmtree(folder)
    return []


async def test_nothing_that_was_answered_is_lost(
    foundation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = first_seed()
    with recorded("power cut", "sqlite", "cuts") as record:
        while record.count < CUTS:
            with monkeypatch.context() as patch:
                if seed % 3:
                    patch.setattr(sqlite, "LOG_PAGES", SHORT_LOG_PAGES)
                assert await live_a_day(foundation, tmp_path / str(seed), seed, record) == []
            seed += 1
        record.seeds = f"{first_seed()} to {seed - 1}"
        assert record.faults["operations answered"] > record.count
        for moment in MOMENTS:
            assert record.faults[f"cut before {moment}"] >= CUTS // 100, record.faults


async def test_setting_that_does_not_sync_each_commit_is_caught(
    foundation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can see: with `synchronous=NORMAL` it finds what was answered and lost."""
    set_pragma(monkeypatch, "synchronous", "normal")
    wrong = await live_a_day(foundation, tmp_path / "day", 1, Record("", "", ""))
    assert any("lost: op-" in sentence for sentence in wrong)
    assert not any("does not open" in sentence for sentence in wrong)


async def test_house_opens_when_the_power_was_cut_while_it_was_first_opened(tmp_path: Path) -> None:
    """Half-made tables are made again or finished; nobody has to remove anything by hand."""
    chance = Random(first_seed())
    with recorded("power cut at the first start", "sqlite", "cuts") as record:
        record.seeds = str(first_seed())
        while record.count < CUTS_IN_OPENING:
            folder = tmp_path / str(record.count)
            for image in await cut_in_opening(folder, chance, cuts=5):
                assert await examine(image, SeededClock()) == []
                record.count += 1
            shutil.rmtree(folder)


async def cut_in_opening(folder: Path, chance: Random, cuts: int) -> list[Image]:
    """What cuts leave of a house that is just being set up."""
    here = folder / "here"
    here.mkdir(parents=True)
    images: list[Image] = []
    wait = chance.randint(0, 400)

    def tick(what: str) -> None:
        nonlocal wait
        wait -= 1
        if wait < 0 and len(images) < cuts:
            target = folder / f"cut-{len(images)}"
            disk.cut(target, chance)
            images.append(Image(target, {}, []))
            wait = chance.randint(0, 400)

    with Disk(here) as disk:
        disk.before_event = tick
        await asyncio.wait_for(lay_foundation(here / FILE), 60)
    return images
