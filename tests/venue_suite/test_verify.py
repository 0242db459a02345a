"""`venue verify` finds what must not be: each check has its planted violations."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest

from tests.venue_suite.planted import PLANTED
from tests.workshop import Workshop
from venue_suite.commands.line import run
from venue_suite.config import Config, ServerConfig
from venue_suite.database import Work
from venue_suite.hookspecs import Check
from venue_suite.ledger import Leg, capture_hold, place_hold, release_hold, reverse_transaction
from venue_suite.plugin_manager import PluginManager
from venue_suite.server.parts import PARTS
from venue_suite.server.running import VenueServer, find_violations
from venue_suite.testing import MovableClock, ServedVenue
from venue_suite.verify.findings import run_check

pytestmark = pytest.mark.sqlite
Told = pytest.CaptureFixture[str]


def all_checks() -> list[Check]:
    """Every check of the kernel and of the bundled plugins."""
    plugins = PluginManager()
    plugins.load_entry_points()
    return [*(check for part in PARTS for check in part.checks), *plugins.checks()]


CHECKS = {check.name: check for check in all_checks()}


def move_money(work: Work) -> None:
    """Holds of every kind, and a reversal."""
    wish = {"currency": "CNY", "reference": "order/1"}
    place_hold(work, "tender/cash", 100, **wish)
    release_hold(work, place_hold(work, "tender/cash", 100, **wish))
    banked = place_hold(work, "tender/cash", 100, **wish)
    moved = capture_hold(
        work, banked, [Leg("tender/bank", 100)], kind="banking", business_day="2026-11-28"
    )
    reverse_transaction(work, moved, business_day="2026-11-28", reason="not yet")


async def sell_and_scan(venue: ServedVenue) -> None:
    """An order paid in cash, one that is held, a ticket that was scanned."""
    cashier, gate = venue.client("cashier"), venue.client("gate")
    events = await cashier.get("/sales/events", list[dict[str, Any]])
    (event,) = [one for one in events if one["title"]["en"] == "A Thousand Windows"]
    performance = event["next_performance_id"]
    detail = await cashier.get(f"/sales/performances/{performance}", dict[str, Any])
    wanted = [{"ticket_type_id": detail["ticket_types"][0]["id"], "count": 2}]

    async def post(client: Any, path: str, body: object) -> Any:
        return await client.post(
            path, body, dict[str, Any], operation_id=client.make_operation_id()
        )

    place = {"performance_id": performance, "wanted": wanted}
    order = await post(cashier, "/sales/orders", place)
    await post(cashier, f"/sales/orders/{order['id']}/cash", {"received_minor": 100_000})
    await post(cashier, "/sales/orders", place)
    sheets = await post(cashier, f"/sales/orders/{order['id']}/print", {"receipt": False})
    code = sheets["sheets"][0]["values"]["token"]
    lanes = await gate.get("/admission/lanes", list[dict[str, Any]])
    scan = {"lane": lanes[0]["code"], "code": code, "commit": True}
    assert (await post(gate, "/admission/scans", scan))["result"] == "allowed"


@pytest.fixture(scope="session")
def busy_folder(engine: str, sample_folder: Path, workshop: Workshop) -> Path:
    """The sample venue after some work with everything that checks look at. Copy it."""
    return workshop.folder("busy", engine, lambda folder: be_busy(sample_folder, folder))


def be_busy(sample_folder: Path, folder: Path) -> None:
    shutil.copytree(sample_folder, folder)
    clock = MovableClock()

    async def work() -> None:
        async with ServedVenue(folder, clock) as venue:
            await sell_and_scan(venue)
            database = venue.server.database
            await database.write(move_money)
            await venue.client().sign_in("T-CASHIER", "246802", "console-1")

    asyncio.run(work())


@pytest.fixture
def folder(busy_folder: Path, tmp_path: Path) -> Path:
    """A copy for one test."""
    shutil.copytree(busy_folder, tmp_path / "venue")
    return tmp_path / "venue"


@contextmanager
def opened(folder: Path) -> Iterator[VenueServer]:
    config = Config(data_dir=str(folder), server=ServerConfig(advertise=False))
    server = VenueServer(config, MovableClock().seams)
    server.open_read_only()
    try:
        yield server
    finally:
        server.close()


def sentences(folder: Path, name: str, last: timedelta | None = None) -> list[str]:
    """What one check finds."""
    with opened(folder) as server:
        since = None if last is None else server.database.seams.now() - last
        return asyncio.run(server.database.read(run_check, CHECKS[name], since)).sentences


def plant(folder: Path, statements: str, *, keep_guards: bool = False) -> None:
    connection = apsw.Connection(str(folder / "venue.db"))
    connection.execute("PRAGMA ignore_check_constraints = on")
    if not keep_guards:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in connection.execute(triggers).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
    for _ in connection.execute(statements):
        pass
    assert connection.total_changes() > 0 or keep_guards, "the statements planted nothing"
    connection.close()


def test_busy_venue_is_sound_and_has_something_for_every_check(folder: Path) -> None:
    with opened(folder) as server:
        found = find_violations(server)
    assert {one.name: one.sentences for one in found if not one.holds} == {}
    assert {one.name for one in found} == set(CHECKS)


def test_every_check_has_a_planted_violation() -> None:
    assert sorted(PLANTED) == sorted(CHECKS)
    assert all(PLANTED.values())


def test_every_check_has_a_name_and_a_summary_of_its_own() -> None:
    checks = all_checks()
    assert len(CHECKS) == len(checks)
    assert len({check.summary for check in checks}) == len(checks)


@pytest.mark.parametrize(
    ("name", "statements", "sentence"),
    [(name, *one) for name, plants in PLANTED.items() for one in plants],
)
def test_planted_violation_is_found_and_named(
    folder: Path, name: str, statements: str, sentence: str
) -> None:
    plant(folder, statements, keep_guards=name == "database.guards")
    found = sentences(folder, name)
    assert any(sentence in one for one in found), found


# What was written an hour ago is new to `--last 24h`; what it does not look at is a year old.
RECENT = [
    ("database.feed", "DELETE FROM feed WHERE seq = (SELECT max(seq) - 1 FROM feed)"),
    ("ledger.balanced", "UPDATE ledger_posting SET amount_minor = amount_minor + 1"),
    ("ledger.balanced", "DELETE FROM ledger_posting WHERE transaction_id > 100"),
    *((name, PLANTED[name][0][0]) for name in ("admission.entries", "admission.answers")),
    ("sales.seats", "UPDATE sales_seat_claim SET state = 'held' WHERE state = 'sold'"),
    ("audit.chain", "UPDATE audit_entry SET subject = 'nobody'"),
    ("sales.stock", "UPDATE sales_performance SET sold = sold + 1"),
    ("sales.tickets", "DELETE FROM sales_ticket"),
    ("sales.papers", "UPDATE sales_ticket SET generation = 0"),
    ("sales.orders", "UPDATE sales_order SET total_minor = total_minor + 1"),
    ("sales.payments", "UPDATE sales_payment SET amount_minor = amount_minor + 1"),
]


@pytest.mark.parametrize(("name", "statements"), RECENT)
def test_short_cut_finds_what_is_new(folder: Path, name: str, statements: str) -> None:
    day = timedelta(hours=24)
    assert sentences(folder, name, day) == []
    plant(folder, statements)
    assert sentences(folder, name, day) != []


def test_every_short_cut_is_tried() -> None:
    assert {name for name, _ in RECENT} == {
        check.name for check in all_checks() if check.find_since is not None
    }


def test_short_cut_leaves_out_what_is_old(folder: Path) -> None:
    plant(folder, "UPDATE sales_order SET number = 'x' || id WHERE id = 1")
    assert sentences(folder, "sales.orders") == ["order 1 is called x1"]
    assert sentences(folder, "sales.orders", timedelta(minutes=5)) == []


# --- the command ---------------------------------------------------------------------------------


def test_json_names_every_check(folder: Path, capsys: Told) -> None:
    plant(folder, "UPDATE ledger_balance SET amount_minor = 7 WHERE account_id = 1")
    assert run(["--data", str(folder), "verify", "--json"]) == 7
    output = capsys.readouterr()
    told = {one["name"]: one for one in json.loads(output.out)}
    assert set(told) == set(CHECKS)
    assert "shows 7" in told["ledger.balances"]["sentences"][0]
    assert told["sales.stock"]["sentences"] == []
    assert told["sales.stock"]["took_s"] >= 0


@pytest.mark.parametrize("length", ["24", "h", "24 h", "-1h", "1y", "999999d"])
def test_odd_length_of_time_is_refused(folder: Path, capsys: Told, length: str) -> None:
    assert run(["--data", str(folder), "verify", f"--last={length}"]) == 1
    assert "is no length of time like 24h" in capsys.readouterr().err


def test_short_form_runs_only_what_has_a_short_cut(folder: Path, capsys: Told) -> None:
    assert run(["--data", str(folder), "verify", "--last", "24h"]) == 0
    names = {line.split()[1] for line in capsys.readouterr().out.splitlines()}
    assert names == {name for name, _ in RECENT}
