"""The list of routes, read from a server that serves them."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any, get_args, get_origin

import msgspec

from venue_suite.config import Config
from venue_suite.routing import Media
from venue_suite.server.describing import read_route_table
from venue_suite.server.route_table import RouteTable, ServedRoute

_PREFIX = "/api/v1"
_HEAD = ("| | route | query | takes | gives | permission |", "|---|---|---|---|---|---|")


@cache
def served_routes() -> RouteTable:
    """All routes of a server with the bundled plugins."""
    return read_route_table(Config())


def render_routes() -> str:
    """All routes for docs/routes.md."""
    parts = []
    for tag, served in served_routes().headings().items():
        title = "The kernel" if tag == "kernel" else f"`{tag}`"
        parts.append("\n".join([f"## {title}", "", *_HEAD, *map(_row, served)]))
    return "\n\n".join(parts)


def _row(served: ServedRoute) -> str:
    route = served.route
    query = [] if route.query is None else msgspec.structs.fields(route.query)
    names = ", ".join(f"`{field.encode_name}`" for field in query)
    return (
        f"| {route.method} | `{_PREFIX}{route.path}` | {names} | {_shape(route.body)} | "
        f"{_shape(route.reply)} | `{route.permission}` |"
    )


def _shape(shape: Any) -> str:
    if shape is None:
        return ""
    return f"{shape.media_type}" if isinstance(shape, Media) else f"`{_name(shape)}`"


def _name(shape: Any) -> str:
    """A type as one writes it, without its module."""
    inner = ", ".join(_name(one) for one in get_args(shape))
    if origin := get_origin(shape):
        return f"{origin.__name__}[{inner}]"
    return shape.__name__ if inspect.isclass(shape) else str(shape)
