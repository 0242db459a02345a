"""All routes that one server serves: for the document, the page and the tests."""

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
from venue_suite.identity.approvals import ApprovalByOneself, ApprovalInvalid
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
        tag: under which heading people look for it: the plugin, or the room of the kernel.
        id: the operation's name, unique in the server: `sales.post_order`.
        permission_text: what its permission allows, for people.
    """

    owner: str
    tag: str
    route: Route
    id: str
    permission_text: str

    @property
    def text(self) -> str:
        """What it does: its handler's docstring."""
        return inspect.cleandoc(self.route.handler.__doc__ or "")

    @property
    def summary(self) -> str:
        """The first sentence of that."""
        first = " ".join(self.text.partition("\n\n")[0].split())
        return first.partition(". ")[0].rstrip(".:")

    @property
    def places(self) -> list[str]:
        """What stands in braces in its path."""
        return _PLACE.findall(self.route.path)

    @property
    def is_approvable(self) -> bool:
        """Whether a second person can approve it for somebody who lacks the permission."""
        return self.route.changes and self.route.permission not in (OPEN, SIGNED_IN)

    @property
    def refusals(self) -> list[type[VenueError]]:
        """All that it may refuse, its own first."""
        route = self.route
        found: list[type[VenueError]] = [*route.refusals, BadRequest, TooManyRequests]
        if route.permission != OPEN:
            found.append(NotSignedIn)
        if route.permission not in (OPEN, SIGNED_IN):
            found.append(NotAllowed)
        if self.is_approvable:
            found += [ApprovalInvalid, ApprovalByOneself]
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
    names = Counter((_tag(owner, route), _name(route)) for owner, route in pairs)
    served = []
    for owner, route in pairs:
        tag, name = _tag(owner, route), _name(route)
        unique = name if names[tag, name] == 1 else _path_name(route)
        text = texts.get(route.permission, "")
        served.append(ServedRoute(owner, tag, route, f"{tag}.{unique}", text))
    served.sort(key=lambda one: (one.tag != KERNEL, one.tag, one.route.path, one.route.method))
    return RouteTable(served)


def _tag(owner: str, route: Route) -> str:
    room, dot, _ = route.permission.partition(".")
    return room if owner == KERNEL and dot else owner


def _name(route: Route) -> str:
    return route.name or getattr(route.handler, "__name__", "") or _path_name(route)


def _path_name(route: Route) -> str:
    """A name for a route whose handler serves several."""
    return "_".join([route.method.lower(), *re.findall(r"\w+", route.path)])
