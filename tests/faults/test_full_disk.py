"""No room: a clear refusal for everybody concerned, nothing half-written, and on it goes later."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import apsw
import pytest

from tests.faults.serving import run_venue
from tests.venue_suite.jotter import feed_of, jot, times_of
from venue_suite.database import Database, Work
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.domain.errors import DatabaseUnusable
from venue_suite.domain.facts import Fact
from venue_suite.settings import SettingRow


def limit_pages(work: Work, more: int) -> None:
    """SQLite's own limit: beyond it every statement fails as on a full disk."""
    pages = work.connection.execute("PRAGMA page_count").fetchone()[0]
    work.connection.execute(f"PRAGMA max_page_count = {pages + more}").fetchone()


def lift_limit(work: Work) -> None:
    work.connection.execute("PRAGMA max_page_count = 1000000").fetchone()


def put_through_the_table(work: Work, name: str, size: int) -> None:
    SettingRow.insert(key=name, value="x" * size, changed_at=0).execute()


def put_many_facts(work: Work, name: str, size: int) -> None:
    jot(work, name, size // 100)


@pytest.mark.sqlite
@pytest.mark.parametrize("service", [put_through_the_table, put_many_facts])
async def test_everybody_in_the_batch_hears_it_and_nothing_stays(
    database: Database, service: Any
) -> None:
    told: list[Fact] = []
    database.on_commit(told.extend)
    await database.write(jot, "before")
    await database.write(limit_pages, 3)
    replies = await asyncio.gather(
        database.write(jot, "small"),
        database.write(service, "large", 200_000),
        database.write(jot, "other"),
        return_exceptions=True,
    )
    assert isinstance(replies[1], DatabaseUnusable)
    assert "full" in str(replies[1])
    for name, reply in (("small", replies[0]), ("other", replies[2])):
        kept = 0 if isinstance(reply, DatabaseUnusable) else 1
        assert isinstance(reply, DatabaseUnusable | dict)
        assert await database.read(times_of, name) == kept
    assert await database.read(times_of, "large") == 0
    assert await database.read(times_of, "before") == 1
    await database.write(lift_limit)
    await database.write(service, "large", 200_000)
    stored = await database.read(feed_of)
    assert [seq for seq, _ in stored] == list(range(1, len(stored) + 1))
    assert [(fact.seq, fact.kind) for fact in told] == stored, "only what is safe is told"


WRITE_UNTIL_FULL = """
import asyncio, json, resource, sys
from pathlib import Path
from tests.venue_suite.jotter import jot
from venue_suite.database import Database
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.domain.errors import DatabaseUnusable

path, limit = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
told = {"open": False, "answered": [], "refused": 0, "reason": ""}

async def write(database):
    for index in range(400):
        name = f"n{index}"
        try:
            await database.write(jot, name, 20)
        except DatabaseUnusable as refusal:
            told["refused"] += 1
            told["reason"] = str(refusal)
            if told["refused"] == 5:
                return
        else:
            told["answered"].append(name)

database = Database(path)
try:
    database.open(KERNEL_MIGRATIONS)
except DatabaseUnusable as refusal:
    told["reason"] = str(refusal)
else:
    told["open"] = True
    asyncio.run(write(database))
    database.close()
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def needed() -> int:
    """The size of the largest file, in bytes, of a database that was just made."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "venue.db")
        database.open(KERNEL_MIGRATIONS)
        largest = max(file.stat().st_size for file in Path(folder).iterdir())
        database.close()
    return largest


@pytest.mark.parametrize("opens", [False, True])
@pytest.mark.parametrize("room", [0, 4_096, 50_000, 300_000])
def test_limit_of_the_disk_loses_nothing_that_was_answered(
    tmp_path: Path, needed: int, opens: bool, room: int
) -> None:
    limit = needed + 40_000 + room if opens else min(room, needed // 2)
    path = tmp_path / "venue.db"
    child = subprocess.run(
        [sys.executable, "-c", WRITE_UNTIL_FULL, str(path), str(limit)],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert child.returncode == 0, child.stderr
    told = json.loads(child.stdout)
    assert "can't be used" in told["reason"]
    assert told["open"] is opens
    assert bool(told["answered"]) is told["open"]
    database = Database(path)
    database.open(KERNEL_MIGRATIONS)

    async def look() -> None:
        for name in told["answered"]:
            assert await database.read(times_of, name) == 1
        seqs = [seq for seq, _ in await database.read(feed_of)]
        assert seqs == list(range(1, 20 * len(told["answered"]) + 1))
        await database.write(jot, "later")

    asyncio.run(look())
    database.close()
    connection = apsw.Connection(str(path))
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


@pytest.mark.parametrize("limit", [0, 200_000])
def test_commands_say_it_in_one_sentence(tmp_path: Path, limit: int) -> None:
    def set_limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    folder = tmp_path / "venue"
    made = run_venue(folder, "init", "--sample", preexec_fn=set_limit)
    assert made.returncode == 6
    assert made.stdout == ""
    assert "Traceback" not in made.stderr
    assert made.stderr.splitlines()[-1].startswith("venue: The database ")
    # The half-made venue is gone, so the command can be given again when there is room.
    again = run_venue(folder, "init", "--name-en", "Roomy")
    assert again.returncode == 0, again.stderr
