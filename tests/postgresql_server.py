"""A PostgreSQL server of the tests' own: a fresh cluster on the loopback, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

USER = "postgres"
# A test's database need not survive a power cut; the faults have a server with these on.
FAST = "-c fsync=off -c full_page_writes=off"


class PostgresqlServer:
    """One server from `start` to `stop`.

    Args:
        options: more settings of the server; `FAST` unless told.
    """

    def __init__(self, options: str = FAST) -> None:
        self._options = options
        self._folder: Path | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Of its first database."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{USER}"

    @staticmethod
    def what_is_missing() -> str:
        """Why there can be none here; empty if there can."""
        if not _programs():
            return "PostgreSQL is not installed (Debian: postgresql)"
        if os.geteuid() == 0 and not _has_user():
            return f"there is no user {USER} that PostgreSQL could run as"
        return ""

    def start(self) -> None:
        """Make a cluster and start it; ready for connections then."""
        self._folder = Path(tempfile.mkdtemp(prefix="venue-postgresql-"))
        if os.geteuid() == 0:
            shutil.chown(self._folder, USER)
        data = self._folder / "data"
        self._run("initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C")
        self.port = _free_port()
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 {self._options}"
        self._run("pg_ctl", "-D", data, "-o", options, "-l", self._folder / "log", "-w", "start")

    def stop(self) -> None:
        """End it at once and remove all of it."""
        assert self._folder is not None, "it was not started"
        self._run("pg_ctl", "-D", self._folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *arguments: object) -> None:
        path = _programs()[program]
        command = [str(path), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", USER, "--", *command]
        subprocess.run(
            command, check=True, cwd="/", stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _programs() -> dict[str, Path]:
    """The programs of the newest installed version by name; empty if there is none."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        found = {name: folder / name for name in ("initdb", "pg_ctl")}
        if all(path.exists() for path in found.values()):
            return found
    return {}


def _has_user() -> bool:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return True
