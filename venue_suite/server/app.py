"""The aiohttp application: every route behind its permission, every refusal a problem document."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from aiohttp import web

from venue_suite.context import Context
from venue_suite.domain.actors import NOBODY
from venue_suite.domain.errors import BadRequest, NotFound, PluginFailed, VenueError
from venue_suite.identity.doorkeeper import Doorkeeper
from venue_suite.identity.permissions import OPEN, SIGNED_IN, Permission
from venue_suite.routing import BODY_BYTES_MAX, Call, Route
from venue_suite.server.kernel_routes import bearer
from venue_suite.server.problems import problem_response

logger = logging.getLogger(__name__)

PREFIX = "/api/v1"
KERNEL = "kernel"
REASON_CHARS_MAX = 200


class RouteUndeclared(VenueError):
    """A route's permission is declared by nobody: the server does not start with it."""

    code = "route_undeclared"
    exit_status = 2
    default_template = "The route {method} {path} of {owner} can't be served: {reason}."


def make_app(
    context: Context,
    doorkeeper: Doorkeeper,
    routes: Mapping[str, Sequence[Route]],
    permissions: Sequence[Permission],
    is_enabled: Callable[[str], bool],
) -> web.Application:
    """Build the application.

    Args:
        routes: owner (`kernel` or a plugin's name) -> its routes.
        permissions: all that are declared.
        is_enabled: whether a plugin is in service now.

    Raises:
        RouteUndeclared: a route demands a permission that nobody declared, or a plugin's path does
            not begin with its name.
    """
    app = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=[_refusals])
    declared = {permission.name for permission in permissions} | {OPEN, SIGNED_IN}
    for owner, some in routes.items():
        for route in some:
            if route.permission not in declared:
                reason = f"nobody declares the permission {route.permission}"
                raise _undeclared(route, owner, reason)
            if owner != KERNEL and not route.path.startswith(f"/{owner}/"):
                raise _undeclared(route, owner, f"its path must begin with /{owner}/")
            handler = _guard(route, owner, context, doorkeeper, is_enabled)
            app.router.add_route(route.method, PREFIX + route.path, handler)
    return app


def _undeclared(route: Route, owner: str, reason: str) -> RouteUndeclared:
    return RouteUndeclared(method=route.method, path=route.path, owner=owner, reason=reason)


def _guard(
    route: Route,
    owner: str,
    context: Context,
    doorkeeper: Doorkeeper,
    is_enabled: Callable[[str], bool],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            if owner != KERNEL and not is_enabled(owner):
                raise PluginFailed(plugin=owner)
            actor = NOBODY
            if route.permission != OPEN:
                actor = await doorkeeper.recognise(bearer(request))
                if route.permission != SIGNED_IN:
                    actor.demand(route.permission)
            call = Call(request, context, actor)
            await call.receive()
            return _respond(await route.handler(call))
        except (VenueError, web.HTTPException):
            raise
        except OverflowError as error:  # JSON knows larger numbers than a column can hold
            raise BadRequest(reason="a number is too large") from error
        except Exception as error:
            logger.exception("route failed", extra={"owner": owner, "path": request.path})
            raise PluginFailed(plugin=owner) from error

    return handle


def _respond(reply: Any) -> web.StreamResponse:
    if isinstance(reply, web.StreamResponse):
        return reply
    return web.Response(body=msgspec.json.encode(reply), content_type="application/json")


@web.middleware
async def _refusals(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except VenueError as error:
        return problem_response(error)
    except web.HTTPNotFound:
        return problem_response(NotFound(what="The address", key=request.path))
    except web.HTTPRequestEntityTooLarge:
        return problem_response(BadRequest(reason="the body is too large"))
    except web.HTTPMethodNotAllowed as error:
        refusal = BadRequest(reason=f"{error.method} is not possible here")
        return problem_response(refusal)
    except web.HTTPClientError as error:
        return problem_response(BadRequest(reason=(error.text or error.reason)[:REASON_CHARS_MAX]))
