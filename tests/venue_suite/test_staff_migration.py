"""People of a venue of the first version are there afterwards, with their PINs and sessions."""

from __future__ import annotations

import shutil
from pathlib import Path

from venue_suite.database import Database, View, Work
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.identity import services as identity
from venue_suite.identity.sessions import find_session
from venue_suite.identity.tables import StaffRow
from venue_suite.testing import MovableClock, place_in

STAFF = (
    "INSERT INTO staff (code, name, role, pin_hash, active, failures, blocked_until)"
    " VALUES ('C01', 'Lin', 'cashier', 'hash', {yes}, 9, {later}),"
    " ('C02', 'Wu', 'usher', 'hash', {no}, 0, 0)"
)
SESSION = (
    "INSERT INTO session (token_hash, staff_id, station, opened_at, expires_at, ended_at)"
    " SELECT 'digest', id, 'window-1', {now}, {later}, NULL FROM staff WHERE code = 'C01'"
)


async def test_first_version_is_brought_over(
    engine: str, tmp_path: Path, clock: MovableClock
) -> None:
    first = tmp_path / "first"
    first.mkdir()
    shutil.copy(KERNEL_MIGRATIONS["kernel"] / "0001_kernel.py", first)
    place = place_in(tmp_path)
    now = int(clock.time_s() * 1000)
    values = {"now": now, "later": now + 3_600_000, "yes": "true", "no": "false"}

    def fill(work: Work) -> None:
        for statement in (STAFF, SESSION):
            work.connection.execute(statement.format(**values))

    old = Database(place, seams=clock.seams)
    old.open({"kernel": first})
    await old.write(fill)
    old.close()

    new = Database(place, seams=clock.seams)
    new.open(KERNEL_MIGRATIONS)

    def people(view: View) -> list[tuple[str, str, bool, str]]:
        rows = StaffRow.select().order_by(StaffRow.code)
        return [(row.code, row.pin_hash, row.active, row.password_hash) for row in rows]

    def session(view: View) -> tuple[str, str, int]:
        row = find_session(view, "digest")
        assert row is not None
        return row.staff.code, row.way, row.idle_ms

    assert await new.read(people) == [("C01", "hash", True, ""), ("C02", "hash", False, "")]
    assert await new.read(session) == ("C01", "pin", 0)
    # Who was blocked by the old count is not any more: tries are counted by place now.
    known = await new.write(identity.begin_sign_in, "C01", "here")
    assert known.pin_hash == "hash"
    await new.write(identity.add_staff, "C03", "He", "manager", "hash")
    new.close()
