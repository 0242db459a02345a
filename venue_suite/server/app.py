"""The aiohttp application: every route behind its permission, every refusal a problem document."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import peewee
from aiohttp import web

from venue_suite.config import ServerConfig
from venue_suite.context import Context
from venue_suite.domain.actors import NOBODY, Actor
from venue_suite.domain.errors import (
    BadRequest,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PluginFailed,
    VenueError,
)
from venue_suite.identity.doorkeeper import Doorkeeper
from venue_suite.identity.permissions import OPEN, SIGNED_IN, Permission
from venue_suite.identity.places import bearer
from venue_suite.request_reading import check_headers, shown
from venue_suite.request_refusals import BodyTooLarge, MethodNotPossible, TooSlow
from venue_suite.routing import BODY_BYTES_MAX, JSON, Call, Route
from venue_suite.routing import PATH_NUMBER_DIGITS_MAX as DIGITS_MAX
from venue_suite.server.overrides import answer_refused, may_override, take_offer
from venue_suite.server.problems import SAFE_HEADERS, problem_response
from venue_suite.server.route_table import KERNEL, RouteTable
from venue_suite.server.strangers import StrangerLimit
from venue_suite.trust.peers import peer_of

logger = logging.getLogger(__name__)

PREFIX = "/api/v1"
REASON_CHARS_MAX = 200

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RouteUndeclared(VenueError):
    """A route's permission is declared by nobody: the server does not start with it."""

    code = "route_undeclared"
    exit_status = 2
    default_template = "The route {method} {path} of {owner} can't be served: {reason}."


def make_app(
    context: Context,
    doorkeeper: Doorkeeper,
    table: RouteTable,
    permissions: Sequence[Permission],
    is_enabled: Callable[[str], bool],
    settings: ServerConfig | None = None,
) -> web.Application:
    """Build the application.

    Args:
        table: all routes; nothing else is served under /api/v1.
        permissions: all that are declared.
        is_enabled: whether a plugin is in service now.
        settings: how long and how often strangers may ask.

    Raises:
        RouteUndeclared: a route demands a permission that nobody declared, or a plugin's path does
            not begin with its name.
    """
    app = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=[_refusals])
    app.on_response_prepare.append(_make_safe)
    guards = _Guards(context, doorkeeper, is_enabled, settings or ServerConfig())
    declared = {permission.name for permission in permissions} | {OPEN, SIGNED_IN}
    for served in table.served:
        route, owner = served.route, served.owner
        if route.permission not in declared:
            reason = f"nobody declares the permission {route.permission}"
            raise _undeclared(route, owner, reason)
        if owner != KERNEL and not route.path.startswith(f"/{owner}/"):
            raise _undeclared(route, owner, f"its path must begin with /{owner}/")
        handler = guards.guard(route, owner)
        app.router.add_route(route.method, _address(route), handler, expect_handler=_expect)
    return app


def _address(route: Route) -> str:
    """The route's path as aiohttp matches it: `/orders/import` is no order with that number."""

    def place(found: re.Match[str]) -> str:
        name = found[1]
        return found[0] if name in route.texts else f"{{{name}:[0-9]{{1,{DIGITS_MAX}}}}}"

    return PREFIX + re.sub(r"\{(\w+)\}", place, route.path)


def _undeclared(route: Route, owner: str, reason: str) -> RouteUndeclared:
    return RouteUndeclared(method=route.method, path=route.path, owner=owner, reason=reason)


class _Guards:
    """What stands between a request and its handler: who asks, may they, is it well-formed."""

    def __init__(
        self,
        context: Context,
        doorkeeper: Doorkeeper,
        is_enabled: Callable[[str], bool],
        settings: ServerConfig,
    ) -> None:
        self._context = context
        self._doorkeeper = doorkeeper
        self._is_enabled = is_enabled
        self._body_timeout_s = settings.body_timeout_s
        self._strangers = StrangerLimit(
            settings.stranger_requests_per_s, settings.stranger_requests_burst, time.monotonic
        )

    def guard(self, route: Route, owner: str) -> _Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                if owner != KERNEL and not self._is_enabled(owner):
                    raise PluginFailed(plugin=owner)
                check_headers(request)
                actor, refusal = await self._admit(request, route)
                call = Call(request, self._context, actor, route)
                if refusal is not None:
                    roles, timeout_s = self._doorkeeper.roles, self._body_timeout_s
                    return _respond(await answer_refused(call, roles, refusal, timeout_s))
                await call.receive(self._body_timeout_s)
                take_offer(call, self._doorkeeper.roles)
                return _respond(await route.handler(call))
            except (VenueError, web.HTTPException):
                raise
            except (OverflowError, peewee.DataError) as error:
                # JSON knows larger numbers than a column can hold.
                raise BadRequest(reason="a number is too large") from error
            except Exception as error:
                logger.exception("route failed", extra={"owner": owner, "path": request.path})
                raise PluginFailed(plugin=owner) from error

        return handle

    async def _admit(self, request: web.Request, route: Route) -> tuple[Actor, NotAllowed | None]:
        """Who asks; and the refusal, if only a second person's approval could help them."""
        if route.permission == OPEN:
            self._strangers.take(request.remote or "")
            return NOBODY, None
        try:
            actor = await self._doorkeeper.recognise(bearer(request), peer_of(request))
        except NotSignedIn:
            self._strangers.take(request.remote or "")
            raise
        if route.permission != SIGNED_IN:
            try:
                actor.demand_some(route.permission)
            except NotAllowed as refusal:
                if not may_override(request, route):
                    raise
                return actor, refusal
        return actor, None


def _respond(reply: Any) -> web.StreamResponse:
    if isinstance(reply, web.StreamResponse):
        return reply
    return web.Response(body=msgspec.json.encode(reply), content_type=JSON)


async def _make_safe(_: web.Request, response: web.StreamResponse) -> None:
    """What every answer carries: no guessing of types, no copies kept, nothing about the server."""
    headers = response.headers
    for name, value in SAFE_HEADERS.items():
        if name == "Server" or name not in headers:
            headers[name] = value


async def _expect(request: web.Request) -> web.StreamResponse | None:
    """A client asks whether it may send its body: yes; what it may not send is refused later."""
    if request.headers.get("Expect", "").lower() != "100-continue":
        return problem_response(BadRequest(reason="the header Expect is not understood"))
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # it is no part of the answer
    return None


@web.middleware
async def _refusals(request: web.Request, handler: _Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except VenueError as error:
        return _refuse(error)
    except web.HTTPNotFound:
        return _refuse(NotFound(what="The address", key=shown(request.path)))
    except web.HTTPRequestEntityTooLarge:
        return _refuse(BodyTooLarge(bytes_max=BODY_BYTES_MAX))
    except web.HTTPMethodNotAllowed as error:
        response = _refuse(MethodNotPossible(method=shown(error.method)))
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return response
    except web.HTTPClientError as error:
        return _refuse(BadRequest(reason=(error.text or error.reason)[:REASON_CHARS_MAX]))


def _refuse(error: VenueError) -> web.Response:
    response = problem_response(error)
    if isinstance(error, BodyTooLarge | TooSlow):
        response.force_close()  # what else it would send is of no use
    return response
