"""The API tells of itself: its OpenAPI document, and the same as a page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from aiohttp import web

from venue_suite.identity.permissions import OPEN
from venue_suite.routing import JSON, Call, Media, Route
from venue_suite.server.api_page import HEADERS, ApiPage
from venue_suite.server.openapi import make_document
from venue_suite.server.route_table import RouteTable
from venue_suite.web.languages import choose_language


class ApiRoutes:
    """Handlers that tell which routes there are, their own among them.

    Args:
        table: all routes, once they are known.
    """

    def __init__(self, table: Callable[[], RouteTable]) -> None:
        self._table = table
        self._document = b""
        self._pages: dict[str, str] = {}

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/openapi.json", self.get_openapi, OPEN, reply=Media(JSON)),
            Route("GET", "/docs", self.get_docs, OPEN, reply=Media("text/html")),
        ]

    async def get_openapi(self, call: Call) -> web.Response:
        """The OpenAPI document of this server."""
        if not self._document:
            self._document = await asyncio.to_thread(encode_document, self._table())
        return web.Response(
            body=self._document, content_type=JSON, headers={"Cache-Control": "no-cache"}
        )

    async def get_docs(self, call: Call) -> web.Response:
        """The same as a page for people."""
        accepted = call.request.headers.get("Accept-Language", "")
        language = choose_language("", accepted, "en")
        if language not in self._pages:
            self._pages[language] = await asyncio.to_thread(self._render, language)
        return web.Response(text=self._pages[language], content_type="text/html", headers=HEADERS)

    def _render(self, language: str) -> str:
        table = self._table()
        return ApiPage(table, make_document(table)).render(language)


def encode_document(table: RouteTable) -> bytes:
    """The OpenAPI document as JSON."""
    return msgspec.json.format(msgspec.json.encode(make_document(table)), indent=2)
