"""Which routes a venue serves, told without its data: a server is put together and taken apart."""

from __future__ import annotations

import asyncio
import tempfile

import msgspec

from venue_suite.config import Config, DatabaseConfig
from venue_suite.server.route_table import RouteTable
from venue_suite.server.running import VenueServer


def read_route_table(config: Config) -> RouteTable:
    """The routes of a server with these plugins. Blocking, about a second.

    The server is a real one in a folder of its own that is removed afterwards, so that nothing can
    be served and not be told.
    """
    with tempfile.TemporaryDirectory(prefix="venue-routes-") as folder:
        listening = msgspec.structs.replace(
            config.server, host="127.0.0.1", port=0, advertise=False, stop_grace_s=0.1
        )
        server = VenueServer(
            msgspec.structs.replace(
                config, data_dir=folder, database=DatabaseConfig(), server=listening, devices={}
            )
        )
        server.open()
        try:
            return asyncio.run(_read(server))
        finally:
            server.close()


async def _read(server: VenueServer) -> RouteTable:
    try:
        await server.start()
        return server.table
    finally:
        await server.stop()
