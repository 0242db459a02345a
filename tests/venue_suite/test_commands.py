"""What people type: exit statuses, one clear sentence, and nothing half done."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import apsw
import pytest

from tests.faults.serving import ServerProcess, environment, run_venue
from tests.venue_suite.plugins import Jotter, Named
from venue_suite.client import VenueClient
from venue_suite.commands import run
from venue_suite.database import Work
from venue_suite.hookspecs import SampleWish, hookimpl
from venue_suite.plugin_manager import PluginManager
from venue_suite.server.parts import PARTS
from venue_suite.testing import token_of
from venue_suite.wire import Health, Me, Venue

# It looks at files.
pytestmark = pytest.mark.sqlite

Told = pytest.CaptureFixture[str]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """name=plugin object ... -> the only plugins that are found."""

    def install(**plugins: object) -> None:
        def load(manager: PluginManager) -> None:
            for name, plugin in plugins.items():
                manager.register(name, plugin)

        monkeypatch.setattr(PluginManager, "load_entry_points", load)

    install()
    return install


@pytest.fixture
def served(bare_copy: Path) -> Iterator[ServerProcess]:
    """The bare venue in a process of its own."""
    server = ServerProcess(bare_copy)
    server.start()
    yield server
    server.kill()


def failed(told: Told) -> str:
    """The one sentence of a command that failed."""
    output = told.readouterr()
    assert output.out == ""
    assert output.err.startswith("venue: ")
    assert output.err.count("\n") == 1
    return output.err.removeprefix("venue: ").strip()


# --- init ---------------------------------------------------------------------------


def test_init_names_the_venue_and_is_refused_a_second_time(
    tmp_path: Path, capsys: Told, installed: object
) -> None:
    folder = tmp_path / "some" / "venue"
    assert run(["--data", str(folder), "init", "--name-en", "Odeon", "--name-zh", "奥德翁"]) == 0
    assert "venue serve" in capsys.readouterr().err
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700, "names, PIN hashes: for nobody else"
    assert [file.name for file in folder.iterdir()] == ["venue.db"]
    before = (folder / "venue.db").read_bytes()
    assert run(["--data", str(folder), "init", "--name-en", "Other"]) == 1
    assert failed(capsys) == f"This is not possible now: {folder / 'venue.db'} exists already"
    assert (folder / "venue.db").read_bytes() == before
    assert [file.name for file in folder.iterdir()] == ["venue.db"]
    connection = apsw.Connection(str(folder / "venue.db"))
    ((value,),) = connection.execute("SELECT value FROM setting WHERE key = 'venue'").fetchall()
    connection.close()
    assert '"zh":"奥德翁"' in str(value)
    assert '"en":"Odeon"' in str(value)


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "28.11.2026", "2026-11-28T00:00"])
def test_init_with_a_bad_day_makes_nothing(
    tmp_path: Path, capsys: Told, installed: object, day: str
) -> None:
    folder = tmp_path / "venue"
    assert run(["--data", str(folder), "init", "--sample", "--start-day", day]) == 1
    assert failed(capsys).endswith(f"--start-day {day} is no date like 2026-11-28")
    assert not folder.exists()


def test_sample_comes_from_the_plugins_and_its_seed(
    tmp_path: Path, installed: Callable[..., None]
) -> None:
    installed(jotter=Jotter())
    told = []
    for number, seed in enumerate(("3", "3", "1")):
        folder = str(tmp_path / str(number))
        options = ["--sample", "--start-day", "2026-11-28", "--seed", seed]
        assert run(["--data", folder, "init", *options]) == 0
        connection = apsw.Connection(f"{folder}/venue.db")
        told.append(connection.execute("SELECT kind FROM feed").fetchall())
        connection.close()
    assert told[0] == told[1] != told[2]


def test_init_that_fails_leaves_nothing(tmp_path: Path, installed: Callable[..., None]) -> None:
    class Broken(Named):
        @hookimpl
        def venue_fill_sample(self, work: Work, wish: SampleWish) -> None:
            raise ValueError("half way")

    installed(jotter=Jotter(), zz=Broken())
    folder = tmp_path / "venue"
    with pytest.raises(ValueError, match="half way"):
        run(["--data", str(folder), "init", "--sample"])
    assert list(folder.iterdir()) == []
    installed(jotter=Jotter())
    assert run(["--data", str(folder), "init", "--sample"]) == 0


def test_init_where_no_folder_can_be(tmp_path: Path, capsys: Told, installed: object) -> None:
    (tmp_path / "file").touch()
    assert run(["--data", str(tmp_path / "file" / "venue"), "init"]) == 6
    assert failed(capsys).startswith("The database ")


# --- people -------------------------------------------------------------------------


def test_station_is_added_once(bare_copy: Path, capsys: Told, installed: object) -> None:
    add = ["--data", str(bare_copy), "station", "add"]
    assert run([*add, "kiosk-2", "--kind", "kiosk"]) == 0
    folder = Path(capsys.readouterr().out.strip())
    assert (folder / "station" / "station.pem").stat().st_mode & 0o777 == 0o600
    assert run([*add, "kiosk-2", "--kind", "gate"]) == 1
    assert failed(capsys) == "Station kiosk-2 exists already."
    assert run([*add, " ", "--kind", "gate"]) == 1
    assert "a station needs a name" in failed(capsys)
    with pytest.raises(SystemExit) as caught:
        run([*add, "x", "--kind", "manager"])
    assert caught.value.code == 2


def test_station_without_tls_gets_a_key(bare_copy: Path, capsys: Told, installed: object) -> None:
    (bare_copy / "venue.toml").write_text("[server]\ntls = 'off'\n")
    assert run(["--data", str(bare_copy), "station", "add", "kiosk-2", "--kind", "kiosk"]) == 0
    key = capsys.readouterr().out.strip()
    assert re.fullmatch(r"[0-9a-f]{64}", key)
    assert key.encode() not in (bare_copy / "venue.db").read_bytes()


def test_staff_is_added_once(
    bare_copy: Path, capsys: Told, installed: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = ["--data", str(bare_copy), "staff", "add"]
    assert run([*add, "c09", "Lin", "--role", "cashier", "--pin", "246801"]) == 0
    assert capsys.readouterr().out.split()[:3] == ["C09", "cashier", "active"]
    assert run([*add, "C09", "Wu", "--role", "usher", "--pin", "246801"]) == 1
    assert failed(capsys) == "Staff C09 exists already."
    assert run([*add, "C10", "Wu", "--role", "usher", "--pin", "24680"]) == 1
    assert "a PIN has at least 6 digits" in failed(capsys)
    assert run([*add, "C10", "Wu", "--role", "king", "--pin", "246801"]) == 1
    assert "there is no role king" in failed(capsys)
    monkeypatch.setattr("getpass.getpass", lambda prompt: "135702")
    assert run([*add, "C10", "Wu", "--role", "usher"]) == 0


def test_staff_is_changed_from_the_servers_machine(
    bare_copy: Path, capsys: Told, installed: object
) -> None:
    staff = ["--data", str(bare_copy), "staff"]
    assert run([*staff, "set-role", "T-USHER", "cashier"]) == 0
    assert run([*staff, "reset-pin", "T-USHER", "--pin", "135702"]) == 0
    assert run([*staff, "reset-password", "T-USHER", "--password", "quiet river lantern"]) == 0
    assert run([*staff, "deactivate", "T-USHER"]) == 0
    capsys.readouterr()
    assert run([*staff, "list"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert sorted(lines) == ["T-CASHIER", "T-MANAGER", "T-USHER"]
    assert lines["T-USHER"].split()[1:4] == ["cashier", "off", "Usher"]
    assert lines["T-USHER"].endswith("(PIN, password)")
    assert run([*staff, "deactivate", "T-MANAGER"]) == 1
    assert "the last one who may manage staff" in failed(capsys)
    assert run([*staff, "activate", "T-USHER"]) == 0
    capsys.readouterr()
    assert run([*staff, "remove-factor", "NOBODY"]) == 1
    assert failed(capsys) == "Staff NOBODY does not exist."


# --- verify -------------------------------------------------------------------------


def test_verify_of_a_sound_venue_changes_nothing(
    bare_copy: Path, capsys: Told, installed: Callable[..., None]
) -> None:
    installed(jotter=Jotter())
    before = (bare_copy / "venue.db").read_bytes()
    assert run(["--data", str(bare_copy), "verify"]) == 0
    lines = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    of_kernel = [check.name for part in PARTS for check in part.checks]
    assert lines == [["ok", name] for name in [*of_kernel, "jotter.whole"]]
    assert (bare_copy / "venue.db").read_bytes() == before


def test_verify_lists_what_does_not_hold(
    bare_copy: Path, capsys: Told, installed: Callable[..., None]
) -> None:
    installed(jotter=Jotter())
    connection = apsw.Connection(str(bare_copy / "venue.db"))
    connection.execute("INSERT INTO setting VALUES ('broken', '1', 0)")
    connection.execute(
        "INSERT INTO ledger_account (id, code, kind, currency, name) "
        "VALUES (1, 'tender/cash', 'asset', 'CNY', '{}')"
    )
    connection.execute("INSERT INTO ledger_balance (account_id, amount_minor) VALUES (1, 5)")
    connection.close()
    assert run(["--data", str(bare_copy), "verify"]) == 7
    output = capsys.readouterr()
    assert "BAD  jotter.whole" in output.out
    assert "     a broken check" in output.out
    assert "     account tender/cash shows 5, its postings sum to 0" in output.out
    assert "venue: 2 invariants do not hold." in output.err


def test_verify_vouches_for_nothing_that_it_could_not_check(
    bare_copy: Path, capsys: Told, installed: Callable[..., None]
) -> None:
    class Crashing(Jotter):
        @hookimpl
        def venue_register_checks(self):  # type: ignore[no-untyped-def]
            (check,) = super().venue_register_checks()
            return [type(check)("aa.crash", "crashes", lambda view: [str(1 / 0)]), check]

    installed(jotter=Crashing(), zz=object())
    assert run(["--data", str(bare_copy), "verify"]) == 7
    output = capsys.readouterr().out
    assert "BAD  aa.crash" in output
    assert "the check could not be run: ZeroDivisionError: division by zero" in output
    assert "ok   jotter.whole" in output
    assert "BAD  plugins.zz" in output


def test_verify_without_a_venue(tmp_path: Path, capsys: Told, installed: object) -> None:
    assert run(["--data", str(tmp_path / "none"), "verify"]) == 1
    assert "there is no database" in failed(capsys)
    assert not (tmp_path / "none").exists()


def test_verify_before_the_first_migration_says_so(
    tmp_path: Path, capsys: Told, installed: object
) -> None:
    (tmp_path / "venue.db").touch()
    apsw.Connection(str(tmp_path / "venue.db")).execute("CREATE TABLE x (y)")
    assert run(["--data", str(tmp_path), "verify"]) == 6
    assert "has to migrate it first" in failed(capsys)


# --- serve --------------------------------------------------------------------------


def test_serve_on_a_used_port(bare_copy: Path, capsys: Told, installed: object) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (bare_copy / "venue.toml").write_text("[server]\nhost = '127.0.0.1'\nadvertise = false\n")
        assert run(["--data", str(bare_copy), "serve", "--port", str(port)]) == 4
    assert f"Port {port} on 127.0.0.1 is already in use" in capsys.readouterr().err


def test_serve_on_an_address_of_somebody_else(
    bare_copy: Path, capsys: Told, installed: object
) -> None:
    (bare_copy / "venue.toml").write_text("[server]\nhost = '203.0.113.7'\nadvertise = false\n")
    assert run(["--data", str(bare_copy), "serve"]) == 4
    assert "can't listen on 203.0.113.7" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_serve_on_no_port(port: str, capsys: Told) -> None:
    with pytest.raises(SystemExit) as caught:
        run(["serve", "--port", port])
    assert caught.value.code == 2
    assert "--port" in capsys.readouterr().err


def test_serve_a_damaged_and_a_newer_database(
    bare_copy: Path, capsys: Told, installed: object
) -> None:
    connection = apsw.Connection(str(bare_copy / "venue.db"))
    connection.execute(
        "INSERT INTO kernel_migration (name, applied) VALUES ('0099_x', '2030-01-01')"
    )
    connection.close()
    assert run(["--data", str(bare_copy), "serve"]) == 5
    assert "newer version (kernel 0099_x)" in failed(capsys)
    (bare_copy / "venue.db").write_bytes(b"a letter" * 1000)
    assert run(["--data", str(bare_copy), "serve"]) == 6
    assert "is damaged" in failed(capsys)


def test_running_server_can_be_verified_but_not_opened_twice(served: ServerProcess) -> None:
    folder = served.log.parent / "bare"
    verified = run_venue(folder, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    refused = run_venue(folder, "station", "add", "x", "--kind", "kiosk")
    assert refused.returncode == 6
    assert "another venue server is using it" in refused.stderr

    async def ask() -> None:
        async with VenueClient(served.address, token_of("kiosk")) as client:
            assert (await client.get("/health", Health)).state == "ready"

    asyncio.run(ask())


def test_sigterm_stops_in_good_order(served: ServerProcess) -> None:
    """Followers are sent away, a request under way is answered, the log ends with a word."""

    async def work() -> tuple[int, float]:
        async with VenueClient(served.address, token_of("kiosk")) as client:
            async with aclosing(client.follow_feed()) as feed:  # type: ignore[type-var]
                await anext(feed)
                pins = [client.post("/sign-in", {"code": "x", "pin": "y"}, Me, operation_id="A")]
                asking = [asyncio.ensure_future(one) for one in pins]
                await asyncio.sleep(0.02)
                status, took_s = await asyncio.to_thread(served.terminate)
                for one in await asyncio.gather(*asking, return_exceptions=True):
                    assert "Number or PIN" in str(one) or "does not answer" in str(one)
            return status, took_s

    status, took_s = asyncio.run(work())
    assert status == 0
    assert took_s < 2
    log = served.log.read_text()
    assert "ready" in log
    assert "stopping" in log
    assert log.splitlines()[-1].endswith("stopped")
    assert "Traceback" not in log


def test_ready_line_is_for_programs(served: ServerProcess) -> None:
    """`ServerProcess` has read it already: the address comes from there, and answers."""

    async def ask() -> Venue:
        async with VenueClient(served.address) as client:
            return await client.get_venue()

    assert asyncio.run(ask()).currency == "CNY"


# --- a station's computer -----------------------------------------------------------


WITHOUT_SERVER = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"apsw", "peewee", "playhouse", "uvloop", "argon2"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from venue_suite.commands import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--version"], 0, "venue suite 0."),
        (["--help"], 0, "kiosk"),
        (["gate", "--help"], 0, "--server"),
        (["serve"], 9, "pip install 'venue-suite[server]'"),
        (["station", "add", "x", "--kind", "gate"], 9, "pip install 'venue-suite[server]'"),
    ],
)
def test_computer_without_the_servers_packages(
    tmp_path: Path, arguments: list[str], status: int, words: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SERVER, *arguments],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == status, done.stderr
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_start_of_a_command_is_quick() -> None:
    """A person waits for it; the server's packages are loaded by the server's commands only."""
    began = time.monotonic()
    program = "import sys, venue_suite.commands; print('apsw' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == "False"
    assert time.monotonic() - began < 10


def test_log_level_of_the_configuration_is_used(
    bare_copy: Path, installed: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VENUE_LOG__LEVEL", "error")
    assert run(["--data", str(bare_copy), "verify"]) == 0
    assert logging.getLogger().level == logging.ERROR
