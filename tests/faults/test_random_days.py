"""Any order of events on both engines: the services do exactly what a plain model says."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.day import Day, lay_foundation
from tests.faults.records import first_seed, recorded, scaled
from venue_suite.testing import place_in

pytestmark = pytest.mark.timeout(0)

OPERATIONS = scaled(20_000, 1_000_000)
OPERATIONS_A_DAY = 400
FILE = "house.db"
# Seeds that once found something; each is lived again in every run.
KEPT_SEEDS: tuple[int, ...] = ()
# What a run of so many operations must have seen to prove anything.
ENOUGH = 20_000
EVERY_KIND = {
    *("place: done", "place: sold_out", "place: seat_taken", "place: too_many_places"),
    *("place: performance_not_on_sale", "place again: done", "place reused: operation_reused"),
    *("change: done", "change: hold_expired", "change: payment_unknown", "change: sold_out"),
    *("release: done", "release: payment_unknown", "release: wrong_state", "expire: done"),
    *("sell: done", "sell: payment_short", "sell: sold_out", "sell: seat_taken"),
    *("pay_cash: done", "pay_cash: payment_short", "pay_cash again: done"),
    *("begin_qr: done", "code_comes: done", "provider says paid: done"),
    *("print: done", "print: printed_elsewhere", "printer says: done"),
    *("printer says: printer_job_unknown", "reprint: done", "reprint: not_allowed"),
    *("scan: done", "scan again: done", "pass: done", "pass: not_found"),
}


@pytest.fixture
async def foundation(engine: str, tmp_path: Path) -> Path:
    """The house as it is before each day."""
    folder = tmp_path / "foundation"
    await lay_foundation(place_in(folder, FILE))
    return folder


async def live(foundation: Path, folder: Path, seed: int, operations: int) -> Day:
    """One day from its opening to its end."""
    shutil.copytree(foundation, folder)
    day = Day(place_in(folder, FILE), seed)
    await day.open()
    try:
        await day.go_on(operations)
    finally:
        day.close()
    remove(folder, day.place)
    return day


def remove(folder: Path, place: Path | str) -> None:
    """Days are many; each gives its room back."""
    if isinstance(place, str):
        import psycopg  # noqa: PLC0415 - an extra

        with psycopg.connect(os.environ["TEST_VENUE_POSTGRESQL"], autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {place.rpartition('/')[2]}")
    shutil.rmtree(folder)


async def test_every_day_goes_as_the_model_says(
    engine: str, foundation: Path, tmp_path: Path
) -> None:
    seen: Counter[str] = Counter()
    with recorded("random days", engine, "operations") as record:
        for seed in KEPT_SEEDS:
            await live(foundation, tmp_path / f"kept-{seed}", seed, OPERATIONS_A_DAY)
        seed = first_seed()
        while record.count < OPERATIONS:
            day = await live(foundation, tmp_path / str(seed), seed, OPERATIONS_A_DAY)
            seen += day.counts
            record.count = sum(seen.values())
            record.faults += day.faults
            seed += 1
        record.seeds = f"{first_seed()} to {seed - 1}"
        # A share of a run, as `VENUE_FAULT_SHARE` asks for, may miss the rare ones.
        if record.count >= ENOUGH:
            assert EVERY_KIND - set(seen) == set()


async def test_same_seed_is_the_same_day(engine: str, foundation: Path, tmp_path: Path) -> None:
    """Else a seed that found something could not be lived again."""
    first = await live(foundation, tmp_path / "first", 1, OPERATIONS_A_DAY)
    second = await live(foundation, tmp_path / "second", 1, OPERATIONS_A_DAY)
    other = await live(foundation, tmp_path / "other", 2, OPERATIONS_A_DAY)
    assert first.history == second.history
    assert first.history != other.history
