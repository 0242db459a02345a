"""Routes: declared with their permission, handled by a function that gets one `Call`."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from venue_suite.context import Context
from venue_suite.database.work import Operation
from venue_suite.domain.actors import Actor
from venue_suite.domain.errors import BadRequest

T = TypeVar("T")

BODY_BYTES_MAX = 1024 * 1024
OPERATION_ID_CHARS_MAX = 64


class Call:
    """One request by somebody who is known.

    Attributes:
        actor: who asks; the permission of the route was checked already.
        context: the running server.
    """

    __slots__ = ("_body", "actor", "context", "request")

    def __init__(self, request: web.Request, context: Context, actor: Actor) -> None:
        self.request = request
        self.context = context
        self.actor = actor
        self._body = b""

    async def receive(self) -> None:
        """Take in the body. The server does it before the handler, so that no handler can forget
        it: the body is part of what the operation id stands for.

        Raises:
            BadRequest: it is compressed in a way that can't be read, or was cut off.
        """
        try:
            self._body = await self.request.read()
        except (web.RequestPayloadError, ConnectionResetError) as error:
            raise BadRequest(reason="the body could not be read") from error

    def number(self, name: str) -> int:
        """A whole number from the path. Raises BadRequest."""
        text = self.request.match_info[name]
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise BadRequest(reason=f"{name} must be a number")
        return int(text)

    def query(self, name: str, default: str = "") -> str:
        """A value from the query, at most 200 characters."""
        text = self.request.query.get(name, default)
        if len(text) > 200:
            raise BadRequest(reason=f"{name} is too long")
        return text

    def query_number(self, name: str, default: int, maximum: int) -> int:
        """A whole number from the query, cut to `maximum`. Raises BadRequest."""
        text = self.query(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise BadRequest(reason=f"{name} must be a number")
        return min(int(text), maximum)

    async def body(self, shape: type[T]) -> T:
        """The request's JSON, checked. Raises BadRequest that names the field."""
        try:
            return msgspec.json.decode(self._body or b"{}", type=shape)
        except msgspec.ValidationError as error:
            raise BadRequest(reason=str(error).replace("`$.", "`")) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest(reason="the body is not valid JSON") from error

    async def read(self, query: Callable[..., T], *args: Any) -> T:
        """Run a query on a snapshot."""
        return await self.context.database.read(query, *args)

    async def write(self, service: Callable[..., Any], *args: Any) -> msgspec.Raw:
        """Run a service once for this operation; returns its reply, the stored one on a repeat."""
        committed = await self.context.database.commit(
            service, *args, actor=self.actor, operation=self.operation()
        )
        reply: msgspec.Raw = committed.value
        return reply

    def operation(self) -> Operation:
        """The operation that the client named. Raises BadRequest without `Idempotency-Key`."""
        key = self.request.headers.get("Idempotency-Key", "")
        if not (0 < len(key) <= OPERATION_ID_CHARS_MAX and key.isascii() and key.isprintable()):
            raise BadRequest(reason="the header Idempotency-Key is missing or malformed")
        # The actor is part of the content: nobody may fetch another's reply by guessing an id.
        actor, request = self.actor, self.request
        content = msgspec.json.encode(
            (request.method, request.rel_url.raw_path_qs, actor.kind, actor.code)
        )
        return Operation(key, hashlib.sha256(content + b"\n" + self._body).digest())


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """One route under /api/v1.

    Attributes:
        method: GET or POST.
        path: aiohttp path pattern, `/sales/orders/{order}`.
        handler: returns a msgspec struct, a list of them, `msgspec.Raw`, or a response.
        permission: a declared permission, or `open` or `signed_in`; there is no default on purpose.
        body: the shape of the JSON that comes in; None for none.
        reply: the shape of the JSON that goes out; None for something else (a feed, a file).
        query: name -> what it means, for each value of the query.
    """

    method: str
    path: str
    handler: Handler
    permission: str
    body: Any = None
    reply: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
