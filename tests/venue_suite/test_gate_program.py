"""`venue gate` as a program: its settings, its signals, its exit, its lines of JSON."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.venue_suite.gate_world import KIOSK_KEY, World, make_world, switched_off_at_end
from venue_suite.config import Config, DeviceConfig, StationConfig
from venue_suite.domain.errors import ConfigInvalid, DriverUnknown
from venue_suite.gate.program import run
from venue_suite.gate.teller import LINES_WAITING_MAX, EventLines, Teller
from venue_suite.ports import Passage

STATION = StationConfig(name="gate-1", key="k", lane="main", server="http://127.0.0.1:1")
SCANNER = DeviceConfig(driver="simulated_scanner")
GATE = DeviceConfig(driver="simulated_gate")


@pytest.mark.parametrize(
    ("station", "devices", "reason"),
    [
        ({"lane": ""}, {}, r"key station\.lane is missing"),
        ({"key": ""}, {}, r"key station\.key is missing"),
        ({}, {}, "a gate program needs a gate"),
        ({}, {"turnstile": GATE}, "a gate program needs a scanner"),
        ({}, {"scanner": SCANNER}, "a gate program needs a gate"),
        (
            {},
            {"turnstile": DeviceConfig(driver="simulated_gate", settings={"speed": 1})},
            "has no setting speed",
        ),
    ],
)
def test_what_is_missing_is_named(
    station: dict[str, str], devices: dict[str, DeviceConfig], reason: str
) -> None:
    config = Config(station=msgspec.structs.replace(STATION, **station), devices=devices)
    with pytest.raises(ConfigInvalid, match=reason) as refusal:
        run(config)
    assert refusal.value.exit_status == 2


def test_unknown_driver_is_named() -> None:
    config = Config(station=STATION, devices={"turnstile": DeviceConfig(driver="drawbridge")})
    with pytest.raises(DriverUnknown, match="drawbridge"):
        run(config)


def test_command_line_starts_the_program(tmp_path: Path) -> None:
    """`venue gate` finds it by its entry point, and ends with one sentence."""
    done = subprocess.run(
        [sys.executable, "-m", "venue_suite", "--data", str(tmp_path), "gate"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "venue: Configuration station: key station.lane is missing\n"


# --- the real program --------------------------------------------------------------------------


class Program:
    """`venue gate` in a process of its own; its lines of JSON are gathered."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait(self, event: str, count: int = 1) -> dict[str, Any]:
        ends_at_s = time.monotonic() + 15
        while len(found := [one for one in self.lines if one["event"] == event]) < count:
            assert time.monotonic() < ends_at_s, self.lines
            time.sleep(0.01)
        return found[count - 1]

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        status = self.process.wait(15)
        self._reader.join(5)
        return status

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(json.loads(line))


@contextmanager
def gate_program(world: World, **station: str) -> Iterator[Program]:
    """The program with its own configuration file, as a gate's computer has it."""
    config = world.config(**station)
    folder = world.venue.folder
    known = ("name", "key", "server", "lane")
    sections: dict[str, dict[str, Any]] = {
        "station": {key: getattr(config.station, key) for key in known}
    }
    for name, one in config.devices.items():
        sections[f"devices.{name}"] = {"driver": one.driver, **one.settings}
    lines = [f"data_dir = {json.dumps(config.data_dir)}", 'language = "en"']
    for section, values in sections.items():
        lines += [f"[{section}]", *(f"{key} = {json.dumps(v)}" for key, v in values.items())]
    file = folder / "gate.toml"
    file.write_text("\n".join(lines) + "\n")
    with (folder / "gate.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "venue_suite", "--config", str(file), "gate"],
            env=os.environ | {"VENUE_GATE_EVENTS": "1"},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield Program(process)
    finally:
        process.kill()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    with switched_off_at_end(await make_world(tmp_path)) as one:
        yield one


async def in_thread(play: Callable[[], None]) -> None:
    """Play with processes, without stopping this loop."""
    await asyncio.to_thread(play)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_program_admits_and_stops_when_it_is_told_to(
    world: World, number: signal.Signals
) -> None:
    def play() -> None:
        with gate_program(world) as gate:
            assert gate.wait("ready")["devices"] == ["scanner", "turnstile"]
            world.scanner.scan(world.codes[0])
            told = gate.wait("decision")
            assert (told["result"], told["code"]) == ("allowed", "")
            assert set(told) == {"event", "result", "code", "reason", "scan_id", "latency_ms"}
            world.scanner.scan("garbage")
            assert gate.wait("passage")["outcome"] == "passed"
            assert gate.end(number) == 0
        log = (world.venue.folder / "gate.log").read_text()
        assert "result=allowed" in log
        assert "reason=Welcome" in log
        assert "stopped" in log
        assert "Traceback" not in log
        assert world.codes[0] not in log

    await in_thread(play)
    assert (await world.scans_at_server())[0].passage == "passed"


async def test_signals_begin_and_end_an_emergency(world: World) -> None:
    def play() -> None:
        with gate_program(world) as gate:
            gate.wait("ready")
            gate.process.send_signal(signal.SIGUSR1)
            wait_until(lambda: world.turnstile.is_relay_on)
            assert gate.wait("state", 2)["state"] == "emergency"
            gate.process.send_signal(signal.SIGUSR2)
            wait_until(lambda: not world.turnstile.is_relay_on)
            assert gate.wait("state", 3)["state"] == "waiting"
            assert gate.end(signal.SIGTERM) == 0

    await in_thread(play)


@pytest.mark.parametrize(
    ("station", "reason"),
    [
        ({"key": "wrong"}, "knows no station with this key"),
        ({"key": KIOSK_KEY}, "kiosk-1 is a kiosk and may not check tickets"),
        ({"lane": "moon"}, "there is no lane moon (known: main, side, back)"),
    ],
)
async def test_gate_that_is_not_accepted_ends(
    world: World, station: dict[str, str], reason: str
) -> None:
    def play() -> None:
        with gate_program(world, **station) as gate:
            assert gate.process.wait(15) == 2
        assert reason in (world.venue.folder / "gate.log").read_text()

    await in_thread(play)


async def test_program_that_starts_before_its_server_waits_for_it(world: World) -> None:
    def play() -> None:
        world.venue.stop()
        with gate_program(world) as gate:
            gate.wait("device", 2)
            world.scanner.scan(world.codes[0])
            away = gate.wait("decision")
            assert away["reason"]["en"].startswith("Tickets can't be checked now")
            world.venue.start()
            gate.wait("ready")
            world.scanner.scan(world.codes[0])
            assert gate.wait("decision", 2)["result"] == "allowed"
            assert gate.end(signal.SIGTERM) == 0

    await in_thread(play)


def wait_until(holds: Callable[[], bool]) -> None:
    ends_at_s = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < ends_at_s
        time.sleep(0.01)


# --- lines of JSON -----------------------------------------------------------------------------


class StalledPipe(io.StringIO):
    """Nobody reads: the first write never comes back, until the pipe breaks."""

    def __init__(self) -> None:
        super().__init__()
        self.has_broken = threading.Event()
        self.count = 0

    def write(self, text: str) -> int:
        self.count += 1
        self.has_broken.wait(10)
        raise BrokenPipeError


def test_reader_that_stalls_stops_nothing() -> None:
    pipe = StalledPipe()
    lines = EventLines(pipe)
    teller = Teller("main", "zh", lines)
    began_s = time.monotonic()
    for number in range(3 * LINES_WAITING_MAX):
        teller.passage(number, Passage.PASSED)
    assert time.monotonic() - began_s < 2
    pipe.has_broken.set()
    teller.stop()
    assert pipe.count == 1


def test_lines_are_complete_when_it_stops() -> None:
    out = io.StringIO()
    teller = Teller("main", "zh", EventLines(out))
    teller.ready("http://server", ["a"])
    teller.state("offline", is_online=False)
    teller.stop()
    assert [json.loads(line) for line in out.getvalue().splitlines()] == [
        {"event": "ready", "lane": "main", "server": "http://server", "devices": ["a"]},
        {"event": "state", "state": "offline", "online": False},
    ]
