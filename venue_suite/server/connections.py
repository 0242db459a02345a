"""Connections: how many, how long, and what becomes of those that say nothing or nonsense.

aiohttp bounds a request's line, headers and pipelining. Here stands what a server that nobody
watches needs besides: a limit on connections where the oldest idle one makes room, an end for
clients that never take their answer, and problem documents for what is no HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from venue_suite.domain.errors import BadRequest, PluginFailed
from venue_suite.server.problems import problem_response

logger = logging.getLogger(__name__)

LINGER_S = 2.0  # how long what a refused client still sends is taken in, so that it hears why
STALL_S = 30.0  # how long an answer may lie untaken
WATCH_EVERY_S = 5.0
FILES_BESIDE_CONNECTIONS = 256  # database, logs, devices


class Connection(web.RequestHandler):
    """One connection that a client opened."""

    __slots__ = ()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being asked or answered on it."""
        return self._current_request is None and not self._messages and not self.is_upgraded

    @property
    def is_silent(self) -> bool:
        """Whether it never asked anything."""
        return self._request_count == 0

    @property
    def is_upgraded(self) -> bool:
        """Whether it is a WebSocket."""
        return self._payload_parser is not None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what never reached the application; the connection ends with it.

        What was sent is repeated nowhere: it may hold a token.
        """
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun: there is no other any more")
        if status >= 500:
            logger.error("request failed", exc_info=exc)
            response = problem_response(PluginFailed(plugin="kernel"))
        elif isinstance(exc, LineTooLong):
            response = problem_response(BadRequest(reason="a line of the request is too long"))
        else:
            logger.debug("no HTTP from %s", request.remote)
            response = problem_response(BadRequest(reason="this is not proper HTTP"))
        response.force_close()
        return response


class Doorway(web.Server):
    """All connections of one server.

    Args:
        connections_max: how many there may be; beyond, the oldest idle one is closed.
    """

    def __init__(self, *args: Any, connections_max: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections_max = connections_max
        self._stalled: dict[web.RequestHandler, tuple[int, float]] = {}

    def __call__(self) -> web.RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self._connections) > self.connections_max:
            self._make_room(handler)

    def _make_room(self, newest: web.RequestHandler) -> None:
        """Close the oldest connection that asked nothing, else the oldest idle one, else the
        newest."""
        known = [one for one in self._connections if isinstance(one, Connection) and one.transport]
        older = [one for one in known if one is not newest]
        idle = [one for one in older if one.is_idle]
        leaving = next((one for one in idle if one.is_silent), idle[0] if idle else newest)
        leaving.force_close()

    def end_stalled(self, now_s: float) -> None:
        """Hang up on those that take nothing of their answer."""
        waiting = {}
        for handler, transport in list(self._connections.items()):
            size = 0 if transport.is_closing() else transport.get_write_buffer_size()
            if not size or (isinstance(handler, Connection) and handler.is_upgraded):
                continue
            before, since_s = self._stalled.get(handler, (size + 1, now_s))
            if size < before:
                since_s = now_s
            if now_s - since_s >= STALL_S:
                transport.abort()
            else:
                waiting[handler] = (size, since_s)
        self._stalled = waiting


class VenueRunner(web.AppRunner):
    """Runs the application with bounded connections.

    Args:
        app: what answers.
        connections_max: how many connections there may be at once.
        idle_timeout_s: how long one may say nothing, or take for its headers.
        shutdown_timeout: how long a stop waits for requests under way, in seconds.
    """

    def __init__(
        self,
        app: web.Application,
        *,
        connections_max: int,
        idle_timeout_s: float,
        shutdown_timeout: float,
    ) -> None:
        super().__init__(
            app,
            access_log=None,
            shutdown_timeout=shutdown_timeout,
            keepalive_timeout=idle_timeout_s,
            lingering_time=LINGER_S,
            auto_decompress=False,  # nothing here takes packed bodies
        )
        self._connections_max = connections_max
        self._watching: asyncio.Task[None] | None = None

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        doorway = Doorway(
            made.request_handler,
            request_factory=made.request_factory,
            loop=asyncio.get_running_loop(),
            connections_max=raise_file_limit(self._connections_max),
            **made._kwargs,
        )
        self._watching = asyncio.create_task(_watch(doorway))
        return doorway

    def transports(self) -> list[asyncio.Transport]:
        """All connections that are open."""
        doorway = self.server
        return [] if doorway is None else list(doorway._connections.values())

    async def cleanup(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        await super().cleanup()


async def _watch(doorway: Doorway) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(WATCH_EVERY_S)
        doorway.end_stalled(loop.time())


def raise_file_limit(connections: int) -> int:
    """Allow this process files enough for its connections; returns how many it has room for."""
    wanted = connections + FILES_BESIDE_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
            soft = allowed
        if soft < wanted:
            logger.warning("only %s open files are allowed; fewer connections are taken", soft)
            return max(16, soft - FILES_BESIDE_CONNECTIONS)
    return connections
