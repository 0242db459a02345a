"""Where the server listens: a connection that does not finish its handshake soon is hung up on."""

from __future__ import annotations

import asyncio

from aiohttp import web

HANDSHAKE_TIMEOUT_S = 10.0  # aiohttp leaves it at a minute, and counts no connection before its end


class TlsSite(web.TCPSite):
    """A site like aiohttp's own, with its own patience."""

    __slots__ = ()

    async def start(self) -> None:
        await web.BaseSite.start(self)
        server = self._runner.server
        assert server is not None, "the runner was set up"
        self._server = await asyncio.get_running_loop().create_server(
            server,
            self._host,
            self._port,
            ssl=self._ssl_context,
            ssl_handshake_timeout=HANDSHAKE_TIMEOUT_S if self._ssl_context else None,
            backlog=self._backlog,
        )
