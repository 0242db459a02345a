"""Routes: declared with what they take and give, handled by a function that gets one `Call`.

    class FindOrders(PageQuery, frozen=True):
        find: ShortText = ""

    async def find_orders(call: Call) -> Page[wire.Order]:
        \"\"\"Find orders by number, code or name.\"\"\"
        return await call.read(reading.find_orders, call.asked(FindOrders))

    Route(
        "GET", "/sales/orders", find_orders, "sales.orders",
        query=FindOrders, reply=Page[wire.Order],
    )

The declared shapes are the very ones that check what comes in, and the OpenAPI document is written
from them. A handler that asks for a shape which its route does not declare fails at its first call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import msgspec
from aiohttp import web

from venue_suite.context import Context
from venue_suite.database.work import Operation, View
from venue_suite.domain.actors import Actor
from venue_suite.domain.errors import BadRequest, VenueError
from venue_suite.paging import Nothing, Page, PageQuery, Query, page_of
from venue_suite.request_reading import (
    check_media_type,
    check_text,
    convert_query,
    decode_json,
    read_body,
)
from venue_suite.request_refusals import OperationIdMissing

__all__ = ["Call", "Handler", "Media", "Nothing", "Page", "PageQuery", "Query", "Route", "page_of"]

T = TypeVar("T")

BODY_BYTES_MAX = 1024 * 1024
BODY_TIMEOUT_S = 30.0
OPERATION_ID_CHARS_MAX = 64
PATH_NUMBER_DIGITS_MAX = 18
PATH_TEXT_CHARS_MAX = 200
JSON = "application/json"
LOOKING = frozenset({"GET"})


@dataclass(frozen=True, slots=True)
class Media:
    """A body or an answer that is not JSON: a file, a page, a picture.

    Attributes:
        media_type: `text/csv`.
        also: other types that an answer may have, as it was asked for.
    """

    media_type: str
    also: tuple[str, ...] = ()


class OfferedApproval(Protocol):
    """A second person's word that came with a request."""

    def wrap(self, service: Callable[..., Any]) -> Callable[..., Any]:
        """The service with the approver beside the actor."""

    def check(self, view: View, actor: Actor, operation_id: str, permission: str) -> None:
        """Whether it opens a door with this permission."""


class Call:
    """One request by somebody who is known.

    Attributes:
        route: which route was called.
        actor: who asks; the permission of the route was checked already.
        context: the running server.
        offer: the approval that came along, used up by the first `write`.
        written: whether `write` was answered.
    """

    __slots__ = (
        *("_asked", "_body", "_received", "actor", "context", "offer", "request", "route"),
        "written",
    )

    def __init__(self, request: web.Request, context: Context, actor: Actor, route: Route) -> None:
        self.request = request
        self.context = context
        self.actor = actor
        self.route = route
        self.offer: OfferedApproval | None = None
        self.written = False
        self._body = b""
        self._received: Any = None
        self._asked: Any = None

    async def receive(self, timeout_s: float = BODY_TIMEOUT_S) -> None:
        """Take in and check operation id, query and body. The server does it before the handler,
        so that no handler can forget it: the body is part of what the operation id stands for.

        Raises:
            BadRequest: something is malformed, unknown or twice there; names it.
            OperationIdMissing: a change without its id.
            BodyTooLarge, MediaTypeWrong, TooSlow: as they say.
        """
        route, request = self.route, self.request
        if route.changes:
            self._operation_id()
        if route.query is not None or request.query_string:
            self._asked = convert_query(request, route.query)
        if request.body_exists:
            self._body = await read_body(request, route.body_bytes_max, timeout_s)
        if isinstance(route.body, Media):
            check_media_type(request, route.body.media_type)
            return
        if self._body:
            check_media_type(request, JSON)
        if self._body or route.body is not None:
            self._received = decode_json(self._body, route.decoder)

    async def body(self, shape: type[T]) -> T:
        """The request's JSON as the shape that the route declares.

        Raises:
            TypeError: the route declares another one.
        """
        if self.route.body != shape:
            raise TypeError(f"{self.route.path} declares body={self.route.body}, not {shape}")
        received: T = self._received
        return received

    def raw_body(self) -> bytes:
        """A body that is not JSON. Raises TypeError unless the route declares a `Media`."""
        if not isinstance(self.route.body, Media):
            raise TypeError(f"{self.route.path} declares body={self.route.body}, no Media")
        return self._body

    def asked(self, shape: type[T]) -> T:
        """What stands behind the `?`, as the shape that the route declares.

        Raises:
            TypeError: the route declares another one.
        """
        if self.route.query is not shape:
            raise TypeError(f"{self.route.path} declares query={self.route.query}, not {shape}")
        asked: T = self._asked
        return asked

    def number(self, name: str) -> int:
        """A whole number from the path. Raises BadRequest."""
        text = self.request.match_info[name]
        if not (text.isascii() and text.isdigit() and len(text) <= PATH_NUMBER_DIGITS_MAX):
            raise BadRequest(reason=f"{name} must be a number")
        return int(text)

    def text(self, name: str) -> str:
        """A text from the path, one of the route's `texts`. Raises BadRequest."""
        if name not in self.route.texts:
            raise TypeError(f"{self.route.path} declares texts={self.route.texts}, not {name}")
        text = check_text(self.request.match_info[name], name)
        if len(text) > PATH_TEXT_CHARS_MAX:
            raise BadRequest(reason=f"{name} is too long")
        return text

    async def read(self, query: Callable[..., T], *args: Any) -> T:
        """Run a query on a snapshot."""
        return await self.context.database.read(query, *args)

    async def report(self, query: Callable[..., T], *args: Any) -> T:
        """The same for what may take seconds: it keeps no short question waiting."""
        return await self.context.database.report(query, *args)

    async def write(
        self, service: Callable[..., Any], *args: Any, operation: Operation | None = None
    ) -> msgspec.Raw:
        """Run a service once for this operation; returns its reply, the stored one on a repeat.

        Args:
            operation: the same operation with a fingerprint of its own, for bodies with secrets.
        """
        if self.offer is not None:
            service = self.offer.wrap(service)
        committed = await self.context.database.commit(
            service, *args, actor=self.actor, operation=operation or self.operation()
        )
        self.written = True
        reply: msgspec.Raw = committed.value
        return reply

    def operation(self) -> Operation:
        """The operation that the client named. Raises OperationIdMissing."""
        # The actor is part of the content: nobody may fetch another's reply by guessing an id.
        actor, request = self.actor, self.request
        content = msgspec.json.encode(
            (request.method, request.rel_url.raw_path_qs, actor.kind, actor.code)
        )
        digest = hashlib.sha256(content + b"\n" + self._body).digest()
        return Operation(self._operation_id(), digest)

    def _operation_id(self) -> str:
        key = self.request.headers.get("Idempotency-Key", "")
        if not (0 < len(key) <= OPERATION_ID_CHARS_MAX and key.isascii() and key.isprintable()):
            raise OperationIdMissing(chars_max=OPERATION_ID_CHARS_MAX)
        return key


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """One route under /api/v1.

    Attributes:
        method: GET to look, POST to change.
        path: aiohttp path pattern, `/sales/orders/{order}`; what stands in braces is a whole number
            unless `texts` names it.
        handler: returns a value of the `reply` shape, `msgspec.Raw`, or a response. Its docstring
            tells people what the route does.
        permission: a declared permission, or `open` or `signed_in`; there is no default on purpose.
        body: the shape of what comes in, or a `Media`; None for nothing.
        reply: the shape of what goes out, or a `Media`; None for a feed.
        query: the shape of what may stand behind the `?`; None for nothing.
        refusals: what it refuses beyond what any route may refuse.
        texts: which places of the path are texts.
        shown: the shape of the body in the document, where the check is looser to tell all faults
            at once.
        example: a body, for the document.
        name: of the operation, in the document; the handler's name where it is left out.
        keyed: whether a change must carry an operation id.
        body_bytes_max: how long a body may be.
    """

    method: str
    path: str
    handler: Handler
    permission: str
    body: Any = None
    reply: Any = None
    query: type[Query] | None = None
    refusals: tuple[type[VenueError], ...] = ()
    texts: tuple[str, ...] = ()
    shown: Any = None
    example: Any = None
    name: str = ""
    keyed: bool = True
    body_bytes_max: int = BODY_BYTES_MAX
    changes: bool = field(init=False, repr=False, compare=False)
    decoder: msgspec.json.Decoder[Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        shape = Nothing if self.body is None or isinstance(self.body, Media) else self.body
        object.__setattr__(self, "decoder", msgspec.json.Decoder(shape))
        object.__setattr__(self, "changes", self.keyed and self.method not in LOOKING)
