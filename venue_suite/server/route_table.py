"""All routes that one server serves, as it serves them: for the document, the page and the tests."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


from venue_suite.domain.errors import (
    BadRequest,
    Busy,
    DatabaseUnusable,
    NotAllowed,
    NotFound,
    NotSignedIn,
    OperationReused,
    PluginFailed,
    VenueError,
)
from venue_suite.identity.permissions import OPEN, SIGNED_IN, Permission
from venue_suite.request_refusals import (
    BodyTooLarge,
    MediaTypeWrong,
    OperationIdMissing,
    TooManyRequests,
    TooSlow,
)
from venue_suite.routing import Route

KERNEL = "kernel"
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class ServedRoute:
    """One route with what the server knows of it besides.

    Attributes:
        owner: `kernel` or the plugin's name.
        id: the operation's name, unique in the server: `sales.post_order`.
        summary: the first sentence of its handler's docstring; `text` is all of it.
        permission_text: what its permission allows, for people.
    """

    owner: str
    route: Route
    id: str
    permission_text: str

    @property
    def tag(self) -> str:
        """Under which heading people look for it: the plugin, or the room of the kernel."""
        room, dot, _ = self.route.permission.partition(".")
        return room if self.owner == KERNEL and dot else self.owner

    @property
    def text(self) -> str:
        return inspect.cleandoc(self.route.handler.__doc__ or "")

    @property
    def summary(self) -> str:
        first = " ".join(self.text.partition("\n\n")[0].split())
        return first.partition(". ")[0].rstrip(".:")

    @property
    def places(self) -> list[str]:
        """What stands in braces in its path."""
        return _PLACE.findall(self.route.path)

    @property
    def refusals(self) -> list[type[VenueError]]:
        """All that it may refuse, its own first."""
        route = self.route
        found: list[type[VenueError]] = [*route.refusals, BadRequest, TooManyRequests]
        if route.permission != OPEN:
            found.append(NotSignedIn)
        if route.permission not in (OPEN, SIGNED_IN):
            found.append(NotAllowed)
        if self.places:
            found.append(NotFound)
        if route.changes:
            found += [OperationIdMissing, OperationReused]
        if route.body is not None or route.changes:
            found += [BodyTooLarge, MediaTypeWrong, TooSlow]
        found += [Busy, DatabaseUnusable, PluginFailed]
        return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class RouteTable:
    """The routes in the order of their headings and paths."""

    served: Sequence[ServedRoute]

    def headings(self) -> Mapping[str, list[ServedRoute]]:
        """Tag -> its routes, the kernel's first."""
        found: dict[str, list[ServedRoute]] = {}
        for one in self.served:
            found.setdefault(one.tag, []).append(one)
        return found


def make_route_table(
    routes: Mapping[str, Iterable[Route]], permissions: Iterable[Permission]
) -> RouteTable:
    """Build it.

    Args:
        routes: owner -> its routes.
        permissions: all that are declared.
    """
    texts = {permission.name: permission.summary for permission in permissions}
    texts |= {OPEN: "anybody", SIGNED_IN: "any staff and station"}
    pairs = [(owner, route) for owner, some in routes.items() for route in some]
    names = Counter((owner, _name(route)) for owner, route in pairs)
    served = [
        ServedRoute(
            owner,
            route,
            f"{owner}.{_name(route) if names[owner, _name(route)] == 1 else _path_name(route)}",
            texts.get(route.permission, ""),
        )
        for owner, route in pairs
    ]
    served.sort(key=lambda one: (one.tag != KERNEL, one.tag, one.route.path, one.route.method))
    return RouteTable(served)


def _name(route: Route) -> str:
    return route.name or getattr(route.handler, "__name__", "") or _path_name(route)


def _path_name(route: Route) -> str:
    """A name for a route whose handler serves several."""
    return "_".join([route.method.lower(), *re.findall(r"\w+", route.path)])
