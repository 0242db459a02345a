"""What is made once for all tests: a PostgreSQL server, and venues that are copied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.postgresql_server import PostgresqlServer


class Workshop:
    """What is made once for all tests, though they take turns with the engines.

    Args:
        root: where folders are made.
    """

    postgresql_url = ""  # of the server that runs, empty before

    def __init__(self, root: pytest.TempPathFactory) -> None:
        self._root = root
        self._server = PostgresqlServer()
        self._folders: dict[tuple[str, str], Path] = {}

    def start_postgresql(self) -> str:
        """The URL of the tests' own server; skips the test where there can be none."""
        if missing := self._server.what_is_missing():
            pytest.skip(missing)
        if not self._server.port:
            self._server.start()
            Workshop.postgresql_url = self._server.url
        return self._server.url

    def folder(self, name: str, engine: str, make: Callable[[Path], None]) -> Path:
        """A folder that `make` fills when it is wanted first. Copy it; never write to it."""
        key = name, engine
        if key not in self._folders:
            self._folders[key] = self._root.mktemp(name) / "venue"
            make(self._folders[key])
        return self._folders[key]

    def close(self) -> None:
        if self._server.port:
            self._server.stop()
