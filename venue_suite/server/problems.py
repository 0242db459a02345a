"""Refusals as they leave the server: RFC 9457 problem details with a stable code."""

from __future__ import annotations

import msgspec
from aiohttp import web

from venue_suite.domain.errors import VenueError
from venue_suite.wire import Problem


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
    )


def _plain(value: object) -> object:
    """Params are for people: numbers stay numbers, all else becomes text."""
    return value if isinstance(value, int | float | str | bool) else str(value)
