"""`venue init`, `serve`, `verify`, `plugins`: the server and its database."""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import msgspec

from venue_suite.config import Config
from venue_suite.domain.errors import BadRequest, DatabaseUnusable, Refused
from venue_suite.hookspecs import SampleWish
from venue_suite.plugin_manager import PluginManager
from venue_suite.server.running import VenueServer, serve
from venue_suite.settings import put_identity, read_identity


def init(config: Config, options: argparse.Namespace) -> int:
    """Set a venue up, wholly or not at all. Refused where one is already."""
    target = config.database_path
    if target.exists():
        raise Refused(reason=f"{target} exists already")
    start_day = _day(options.start_day)
    with _building_site(target) as site:
        database = msgspec.structs.replace(config.database, file=str(site / target.name))
        server = VenueServer(msgspec.structs.replace(config, database=database))
        try:
            server.open()
            asyncio.run(_fill(server, options, start_day))
        finally:
            server.close()
        (site / target.name).rename(target)
    print(f"A venue is set up in {config.data_path}. Start it: venue serve", file=sys.stderr)
    return 0


@contextmanager
def _building_site(target: Path) -> Iterator[Path]:
    """A folder beside `target` to make it in; afterwards gone."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        site = Path(mkdtemp(prefix=".init-", dir=target.parent)).absolute()
    except OSError as error:
        raise DatabaseUnusable(path=target, reason=error.strerror or error) from error
    try:
        yield site
    finally:
        shutil.rmtree(site, ignore_errors=True)


async def _fill(server: VenueServer, options: argparse.Namespace, start_day: date) -> None:
    def name_venue(work: Any) -> None:
        names = {"zh": options.name_zh, "en": options.name_en}
        known = {language: name for language, name in names.items() if name}
        if known:
            identity = msgspec.structs.replace(read_identity(work), name=known)
            put_identity(work, identity)

    if options.sample:
        wish = SampleWish(start_day, random.Random(options.seed))  # noqa: S311 - sample data
        await server.database.write(server.plugins.fill_sample, wish)
    await server.database.write(name_venue)


def _day(text: str) -> date:
    if not text:
        return date.today()  # noqa: DTZ011 - a person's own today, where the command is typed
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(reason=f"--start-day {text} is no date like 2026-11-28") from error


def run_server(config: Config, options: argparse.Namespace) -> int:
    """Serve until a signal."""
    if options.port is not None:
        settings = msgspec.structs.replace(config.server, port=options.port)
        config = msgspec.structs.replace(config, server=settings)

    def on_ready(server: VenueServer) -> None:
        # One JSON line, for whoever started this program and waits for it.
        line = {"ready": True, "port": server.port, "data": str(config.data_path)}
        print(msgspec.json.encode(line).decode(), flush=True)

    serve(config, on_ready)
    return 0


def list_plugins(config: Config, options: argparse.Namespace) -> int:
    """Print the plugin table."""
    plugins = PluginManager(config.plugins.disabled)
    plugins.load_entry_points()
    for status in plugins.statuses:
        reason = f"  ({status.reason})" if status.reason else ""
        print(f"{status.name:16} {status.state:16} {status.version:8} {status.summary}{reason}")
    return 0
