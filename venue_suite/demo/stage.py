"""The stage of a demo: a fresh sample venue and all its programs, each with its own folder."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from venue_suite.client import VenueClient
from venue_suite.config import Config, StationConfig
from venue_suite.demo.display import VirtualScreen
from venue_suite.demo.programs import Program, run_once
from venue_suite.domain.errors import Refused
from venue_suite.seams import shifted
from venue_suite.station_access import StationAccess

LOOPBACK = "127.0.0.1"
ZONE = ZoneInfo("Asia/Shanghai")
# A Saturday at five past two: the matinee's doors are open, an exhibition slot is running.
SHOW_WEEKDAY = 6
SHOW_HOUR, SHOW_MINUTE = 14, 5
MARKER, SAVED = "this-is-a-demo.txt", "keys.json"
STATIONS = {"kiosk-1": "kiosk", "gate-1": "gate", "window-1": "console"}  # name -> kind
SEED = 20261128


@dataclass(frozen=True, slots=True)
class Wish:
    """How the demo is to run.

    Attributes:
        folder: everything the demo writes; emptied at the start if a demo made it.
        language: of the screens.
        virtual_screen: never use the display that is there.
        keep: go on with the data of the last demo.
        port: of the server; 0 takes a free one.
        width_px, height_px: of the kiosk's window.
        walk_after_s: how long after its release somebody goes through the gate.
        tls: as every venue has it; without, stations have keys (to measure the server alone).
    """

    folder: Path
    language: str = "zh"
    virtual_screen: bool = False
    keep: bool = False
    port: int = 0
    width_px: int = 540
    height_px: int = 960
    walk_after_s: float = 0.5
    tls: bool = True


@dataclass(slots=True)
class Stage:
    """What runs. `devices` are the ports and addresses that the simulated devices told."""

    wish: Wish
    ahead_s: float = 0.0
    programs: dict[str, Program] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    devices: dict[str, object] = field(default_factory=dict)
    screen: VirtualScreen | None = None
    display: str = ""
    inspect_port: int = 0
    server_port: int = 0
    server_ready_s: float = 0.0

    @property
    def address(self) -> str:
        return f"{'https' if self.wish.tls else 'http'}://{LOOPBACK}:{self.server_port}"

    @property
    def papers(self) -> Path:
        """Where the simulated printer puts what it printed."""
        return self.wish.folder / "printed"

    @property
    def environment(self) -> dict[str, str]:
        """Variables that all programs of the demo share."""
        return {
            "VENUE_CLOCK_AHEAD_S": str(self.ahead_s),
            "VENUE_LANGUAGE": self.wish.language,
            "PYTHONUNBUFFERED": "1",
            "VENUE_SERVER__TLS": "on" if self.wish.tls else "off",
        }

    # --- set-up ------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Empty the folder and set the sample venue up, with its stations."""
        folder = self.wish.folder
        saved = _read_saved(folder) if self.wish.keep else None
        if saved is None or saved["tls"] != self.wish.tls:
            saved = None
            _empty(folder)
        folder.mkdir(parents=True, exist_ok=True)
        marker = "Written by `venue demo`; the next one empties this folder.\n"
        (folder / MARKER).write_text(marker)
        self.papers.mkdir(exist_ok=True)
        if saved is not None:
            self.keys, self.ahead_s = saved["keys"], saved["ahead_s"]
            return
        show = next_show(datetime.now(UTC))
        self.ahead_s = round((show - datetime.now(UTC)).total_seconds())
        self.run_venue("init", "--sample", "--seed", str(SEED), "--start-day", f"{show:%Y-%m-%d}")
        for name, kind in STATIONS.items():
            out = ("--out", str(folder / kind))
            told = self.run_venue("station", "add", name, "--kind", kind, *out).strip()
            self.keys[name] = "" if self.wish.tls else told
        saved = {"keys": self.keys, "ahead_s": self.ahead_s, "tls": self.wish.tls}
        (folder / SAVED).write_text(json.dumps(saved))

    def run_venue(self, *arguments: str) -> str:
        """Run one `venue` command on this stage's data."""
        data = ("--data", str(self.wish.folder / "venue"))
        return run_once([*data, *arguments], self.log("commands"), self.environment)

    async def client(self, station: str) -> VenueClient:
        """A client that acts as one of the demo's stations."""
        config = Config(
            data_dir=str(self.wish.folder / STATIONS[station]),
            station=StationConfig(name=station, key=self.keys[station]),
        )
        return await StationAccess(config, shifted(self.ahead_s)).open(self.address)

    def log(self, name: str) -> Path:
        return self.wish.folder / f"{name}.log"

    def work_bench(self, command: str) -> dict[str, object]:
        """Give the simulated devices a command (`scan CODE`, `paper out`); returns their state."""
        return self.programs["devices"].ask(command)

    # --- programs ----------------------------------------------------------------------------

    def start_devices(self) -> None:
        """The simulated printer, scanner, gate and payment provider, in one process."""
        program = Program(
            "simulated devices",
            [
                *("-m", "venue_devices.simulated", "--out", str(self.papers)),
                *("--walk-after", str(self.wish.walk_after_s)),
            ],
            self.log("devices"),
            self.environment,
        )
        self.programs["devices"] = program
        self.devices = program.wait_line(lambda line: "printer_port" in line, 20)

    def start_server(self) -> None:
        """The venue server, announced on loopback alone."""
        config = self.write_config(
            "server",
            {
                "data_dir": str(self.wish.folder / "venue"),
                "server": {
                    "host": LOOPBACK,
                    "port": self.wish.port,
                    "advertise_interfaces": [LOOPBACK],
                },
                "devices": {
                    "qr_payments": {
                        "driver": "simulated_qr",
                        "url": f"http://{LOOPBACK}:{self.devices['qr_port']}",
                    }
                },
            },
        )
        program = self.start_venue("server", config, "serve")
        line = program.wait_line(lambda line: bool(line.get("ready")), 20)
        self.server_ready_s = _since(program)
        self.server_port = int(line["port"])

    def start_gate(self) -> None:
        config = self.write_config(
            "gate",
            {
                "station": self._station("gate-1") | {"lane": "front-a"},
                "devices": {
                    "scanner": self._device("tcp_scanner", "scanner_port"),
                    "turnstile": self._device("modbus_relay", "gate_port"),
                },
            },
        )
        program = self.start_venue("gate", config, "gate", VENUE_GATE_EVENTS="1")
        program.wait_line(lambda line: line.get("event") == "ready", 20)

    def start_kiosk(self) -> None:
        """The kiosk in a window of the display that is there, or of a virtual one."""
        self.display = os.environ.get("DISPLAY", "")
        if self.wish.virtual_screen or not self.display:
            self.screen = VirtualScreen(self.wish.width_px, self.wish.height_px)
            self.display = self.screen.name
        self.inspect_port = _free_port()
        config = self.write_config(
            "kiosk",
            {
                "station": self._station("kiosk-1")
                | {"width_px": self.wish.width_px, "height_px": self.wish.height_px},
                "devices": {"ticket_printer": self._device("escpos_tcp", "printer_port")},
            },
        )
        self.start_venue(
            "kiosk",
            config,
            "kiosk",
            DISPLAY=self.display,
            SDL_VIDEODRIVER="x11",  # a real window, whatever the caller's environment says
            VENUE_KIOSK_INSPECT_PORT=str(self.inspect_port),
        )

    def start_venue(self, name: str, config: Path, command: str, **environment: str) -> Program:
        """Start one `venue` program with a configuration of its own."""
        program = Program(
            f"venue {command}",
            ["-m", "venue_suite", "--config", str(config), command],
            self.log(name),
            self.environment | environment,
        )
        self.programs[name] = program
        return program

    def stop(self) -> dict[str, int]:
        """End all programs, the server last but for its devices; returns their exit statuses."""
        order = ("kiosk", "gate", "console", "server", "devices")
        names = [name for name in order if name in self.programs]
        statuses = {name: self.programs.pop(name).stop() for name in names}
        if self.screen is not None:
            self.screen.stop()
            self.screen = None
        return statuses

    # --- configuration -----------------------------------------------------------------------

    def write_config(self, name: str, values: Mapping[str, object]) -> Path:
        """Write `NAME.toml` for one program."""
        values = {"data_dir": str(self.wish.folder / name), **values}
        file = self.wish.folder / f"{name}.toml"
        file.write_text(to_toml(values))
        file.chmod(0o600)  # it holds a station's key
        return file

    def console_config(self) -> Path:
        """The configuration of the window's console, with the same printer as the kiosk."""
        return self.write_config(
            "console",
            {
                "station": self._station("window-1"),
                "devices": {"ticket_printer": self._device("escpos_tcp", "printer_port")},
            },
        )

    def _station(self, name: str) -> dict[str, object]:
        return {"name": name, "key": self.keys[name], "discover_interfaces": [LOOPBACK]}

    def _device(self, driver: str, port: str) -> dict[str, object]:
        return {"driver": driver, "host": LOOPBACK, "port": self.devices[port]}


def next_show(now: datetime) -> datetime:
    """The next Saturday afternoon in the sample venue's zone, aware."""
    local = now.astimezone(ZONE)
    days = (SHOW_WEEKDAY - local.isoweekday()) % 7
    show = local.replace(hour=SHOW_HOUR, minute=SHOW_MINUTE, second=0, microsecond=0)
    return show + timedelta(days=days)


def to_toml(values: Mapping[str, object]) -> str:
    """A small configuration as TOML: sections of plain values. JSON's scalars are TOML's too."""
    plain, sections = [], []
    for key, value in values.items():
        if isinstance(value, Mapping):
            sections += _sections(key, value)
        else:
            plain.append(f"{key} = {json.dumps(value)}")
    return "\n".join([*plain, *sections]) + "\n"


def _sections(path: str, values: Mapping[str, object]) -> list[str]:
    lines, below = [f"\n[{path}]"], []
    for key, value in values.items():
        if isinstance(value, Mapping):
            below += _sections(f"{path}.{key}", value)
        else:
            lines.append(f"{key} = {json.dumps(value)}")
    return lines + below


def _empty(folder: Path) -> None:
    """Remove what an earlier demo wrote; a folder that is not a demo's is left alone."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / MARKER).is_file():
        raise Refused(reason=f"{folder} is not empty and was not made by a demo")
    shutil.rmtree(folder)


def _read_saved(folder: Path) -> dict[str, Any] | None:
    """What the last demo there left, None if there is nothing that can be gone on with."""
    if not (folder / SAVED).is_file():
        return None
    saved: dict[str, Any] = json.loads((folder / SAVED).read_text())
    return {"tls": False} | saved


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _since(program: Program) -> float:
    return time.monotonic() - program.started_s
