"""`venue pair` and `venue station ...`, as people type them, beside a running server."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.serving import environment
from venue_suite.trust.credentials import load_credentials

READY_S = 20


class Box:
    """The server's computer: its data, and a server that may run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stations = folder.parent / "stations"
        self._server: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return environment() | {"VENUE_SERVER__TLS": "on", "VENUE_SERVER__PORT": "0"}

    def serve(self) -> int:
        """Start the server; returns its port."""
        self._server = subprocess.Popen(
            [sys.executable, "-m", "venue_suite", "--data", str(self.folder), "serve"],
            env=self.environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        port: int = json.loads(line)["port"]
        return port

    def stop(self, *, kill: bool = False) -> None:
        """End the server, if it runs."""
        server, self._server = self._server, None
        if server is None:
            return
        if kill:
            server.kill()
        else:
            server.terminate()
        server.wait(10)
        assert server.stdout is not None
        server.stdout.close()

    def run(self, *arguments: str, data: Path | None = None) -> str:
        """One `venue` command to its good end; returns what it printed."""
        done = self.start(*arguments, data=data)
        out, errors = done.communicate(timeout=30)
        assert done.returncode == 0, errors
        return str(out)

    def start(self, *arguments: str, data: Path | None = None) -> subprocess.Popen[str]:
        """The same, without waiting for it."""
        folder = data or self.folder
        return subprocess.Popen(
            [sys.executable, "-m", "venue_suite", "--data", str(folder), *arguments],
            env=self.environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip


@pytest.fixture
def box(bare_copy: Path) -> Iterator[Box]:
    """A bare venue's computer; nothing runs yet."""
    box = Box(bare_copy)
    yield box
    box.stop()


@pytest.mark.sqlite
def test_stations_are_managed_beside_the_running_server(box: Box) -> None:
    """Invitation, code, list, revoke; each in its own process, over TLS."""
    port = box.serve()
    keys = box.folder / "keys"
    for name in ("venue-ca.key", "server.pem", "local-access.json"):
        assert (keys / name).stat().st_mode & 0o777 == 0o600
    told = box.run(
        "station", "invite", "kiosk-2", "--kind", "kiosk", "--address", f"127.0.0.1:{port}"
    )
    text = next(line for line in told.splitlines() if line.startswith("VSP1"))
    assert "▀" in told
    paired = box.run("pair", "--invitation", text, data=box.stations / "kiosk-2")
    assert "This is kiosk-2 (kiosk) now" in paired
    known = load_credentials(box.stations / "kiosk-2" / "station")
    assert known is not None
    assert known.hint in told
    refused = box.start("pair", "--invitation", text, data=box.stations / "other")
    assert "was used already" in refused.communicate(timeout=30)[1]
    assert refused.returncode != 0

    pairing = box.start(
        *("pair", "--server", f"127.0.0.1:{port}", "--name", "gate-2", "--kind", "gate", "--yes"),
        data=box.stations / "gate-2",
    )
    code = _read_code(pairing)
    assert "gate-2" in box.run("station", "list")
    box.run("station", "confirm", code)
    assert "This is gate-2 (gate) now" in pairing.communicate(timeout=30)[0]
    box.run("station", "revoke", "gate-2")
    listed = box.run("station", "list").splitlines()
    assert any("gate-2" in line and "revoked" in line for line in listed)
    assert any("kiosk-2" in line and "active" in line for line in listed)


@pytest.mark.sqlite
def test_nobody_at_the_station_says_yes_means_no(box: Box) -> None:
    """A false server says by itself that a manager confirmed: without a person it is not taken."""
    port = box.serve()
    pairing = box.start(
        *("pair", "--server", f"127.0.0.1:{port}", "--name", "gate-2", "--kind", "gate"),
        data=box.stations / "gate-2",
    )
    box.run("station", "confirm", _read_code(pairing))
    errors = pairing.communicate(timeout=30)[1]
    assert "not confirmed at the station" in errors
    assert load_credentials(box.stations / "gate-2" / "station") is None


@pytest.mark.sqlite
def test_station_is_added_whether_the_server_runs_or_not(box: Box) -> None:
    out = box.run("station", "add", "kiosk-2", "--kind", "kiosk").strip()
    assert load_credentials(Path(out) / "station") is not None
    box.serve()
    out = box.run(
        "station", "add", "kiosk-3", "--kind", "kiosk", "--out", str(box.stations / "three")
    ).strip()
    assert out == str(box.stations / "three")
    # A server that was killed leaves its file behind; the next command starts one for itself.
    box.stop(kill=True)
    assert (box.folder / "keys" / "local-access.json").exists()
    listed = box.run("station", "list")
    assert "kiosk-2" in listed
    assert "kiosk-3" in listed
    assert not (box.folder / "keys" / "local-access.json").exists()


@pytest.mark.sqlite
def test_plain_http_is_for_the_loopback_only(box: Box) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "venue_suite", "--data", str(box.folder), "serve"],
        env=box.environment | {"VENUE_SERVER__TLS": "off", "VENUE_SERVER__HOST": "0.0.0.0"},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "without TLS the server listens only on 127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


def _read_code(pairing: subprocess.Popen[str]) -> str:
    """The six digits that a pairing station shows."""
    timer = threading.Timer(READY_S, pairing.kill)
    timer.start()
    assert pairing.stdout is not None
    for line in pairing.stdout:
        digits = line.replace(" ", "").strip()
        if digits.isdigit() and len(digits) == 6:
            timer.cancel()
            return digits
    raise AssertionError("the station showed no code")
