"""A real `venue serve` in a process of its own, to be killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from venue_suite.config import Config, DatabaseConfig
from venue_suite.server.running import VenueServer, find_violations
from venue_suite.testing import place_in


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def environment(ahead_s: float = 0.0) -> dict[str, str]:
    """What the venue's programs get: the loopback only, nothing announced."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("VENUE_")}
    return clean | {
        "VENUE_SERVER__HOST": "127.0.0.1",
        "VENUE_SERVER__ADVERTISE": "false",
        "VENUE_SERVER__TLS": "off",
        "VENUE_CLOCK_AHEAD_S": str(ahead_s),
    }


def run_venue(
    folder: Path,
    *arguments: str,
    ahead_s: float = 0.0,
    timeout_s: float = 60.0,
    **options: object,
) -> subprocess.CompletedProcess[str]:
    """Run one `venue` command to its end."""
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "venue_suite", "--data", str(folder), *arguments],
        env=environment(ahead_s),
        capture_output=True,
        check=False,
        text=True,
        timeout=timeout_s,
        **options,
    )


@contextmanager
def looking_into(folder: Path) -> Iterator[VenueServer]:
    """A venue's data as `venue verify` opens them, beside the server that has the venue."""
    place = place_in(folder)
    database = DatabaseConfig(url=place) if isinstance(place, str) else DatabaseConfig()
    server = VenueServer(Config(data_dir=str(folder), database=database))
    server.open_read_only()
    try:
        yield server
    finally:
        server.close()


def verify_beside(folder: Path) -> list[str]:
    """What `venue verify` finds."""
    with looking_into(folder) as server:
        return [
            f"{finding.name}: {sentence}"
            for finding in find_violations(server)
            for sentence in finding.sentences
        ]


class ServerProcess:
    """`venue serve` from start to its end, whichever that is.

    Args:
        folder: the venue's data.
        ahead_s: how far its clock is ahead.
        settings: more of its environment.
    """

    def __init__(self, folder: Path, ahead_s: float = 0.0, **settings: str) -> None:
        self._folder = folder
        self._environment = environment(ahead_s) | settings
        place = place_in(folder)
        if isinstance(place, str):
            self._environment["VENUE_DATABASE__URL"] = place
        self.log = folder.parent / f"{folder.name}.log"
        self.address = ""
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Returns once it is ready."""
        self.launch()
        assert self.process is not None
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        self.address = f"http://127.0.0.1:{json.loads(line)['port']}"

    def launch(self) -> None:
        """Returns at once."""
        self.launch_by()

    def launch_by(self, *before: str) -> None:
        """Returns at once; with the server's command behind another one."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [
                    *before,
                    *(sys.executable, "-m", "venue_suite"),
                    *("--data", str(self._folder), "serve", "--port", "0"),
                ],
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, nothing said goodbye to."""
        self._end(signal.SIGKILL)

    def terminate(self) -> tuple[int, float]:
        """SIGTERM; returns the exit status and how long it took, in seconds."""
        began = time.monotonic()
        return self._end(signal.SIGTERM), time.monotonic() - began

    def _end(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        process, self.process = self.process, None
        process.send_signal(number)
        status = process.wait(20)
        if process.stdout is not None:
            process.stdout.close()
        return status
