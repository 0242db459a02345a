"""Refusals as they leave the server: RFC 9457 problem details with a stable code."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from aiohttp import web

from venue_suite.domain.errors import VenueError
from venue_suite.wire import Problem

# On every answer: no guessing of types, no copies kept by anybody, nothing about the server.
SAFE_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Server": "venue",
}


def problem_response(error: VenueError) -> web.Response:
    """The answer to a refused request."""
    problem = Problem(
        status=error.http_status,
        code=error.code,
        title=str(error),
        template=error.template,
        params={name: _plain(value) for name, value in error.params.items()},
    )
    return web.Response(
        status=error.http_status,
        body=msgspec.json.encode(problem),
        content_type="application/problem+json",
        headers=SAFE_HEADERS,
    )


def _plain(value: object) -> object:
    """Params as JSON: numbers, texts and collections of them as they are, all else as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    return value if isinstance(value, int | float | str | bool) else str(value)
