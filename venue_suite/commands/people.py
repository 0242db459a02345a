"""`venue staff add`. The server must not run meanwhile: one writer only."""

from __future__ import annotations

import argparse
import asyncio
import getpass
from typing import Any

from venue_suite.config import Config
from venue_suite.identity import services
from venue_suite.server.running import VenueServer


def add_staff(config: Config, options: argparse.Namespace) -> int:
    """Add a member of staff."""
    pin = options.pin or getpass.getpass("PIN: ")
    _write(
        config,
        services.add_staff,
        options.code,
        options.name,
        options.role,
        services.hash_pin(pin),
    )
    return 0


def _write(config: Config, service: Any, *arguments: Any) -> None:
    server = VenueServer(config)
    server.open()
    try:
        asyncio.run(server.database.write(service, *arguments))
    finally:
        server.close()
