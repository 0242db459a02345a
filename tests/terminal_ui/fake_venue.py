"""A small venue server for tests of the console: real HTTP, simple rules, a link that can be cut.

It keeps the promise that matters: an operation id is done once, and asked again it gives the same
reply.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from tests.terminal_ui.fake_data import DAY, make_detail, make_event, make_plan, make_venue
from tests.terminal_ui.fake_orders import FakeOrders, Refusal
from venue_suite.identity.wire import Approved, AskApproval
from venue_suite.paging import Page
from venue_suite.wire import FeedMessage, Me, Problem, Session

PERMISSIONS = [
    "sales.view", "sales.sell", "sales.orders", "sales.cash", "sales.reprint",
    "admission.view", "admission.scan", "reports.view",
]  # fmt: skip


class FakeVenue(FakeOrders):
    """Start it with `await venue.start()`; `address` is where it answers.

    Attributes:
        permissions: of the one member of staff, C07 with PIN 4711.
        approver: number and PIN of who approves what C07 may not do.
        lose_answers: so many changes are done, but their answers get lost and the link is cut.
        delay_s: how long a change takes.
        requests: (path, operation id) of the changes that were asked for.
        answers, posts: more routes, by path: query -> reply, body -> reply.
    """

    def __init__(self) -> None:
        super().__init__(self.tell)
        self.permissions = list(PERMISSIONS)
        self.demand = self._demand
        self.approver = ("", "")
        self._approvals: dict[str, tuple[str, str]] = {}
        self._shown = ("", "")
        self.lose_answers = 0
        self.delay_s = 0.0
        self.requests: list[tuple[str, str]] = []
        self.answers: dict[str, Callable[[dict[str, str]], object]] = {
            "/venue": lambda _: msgspec.structs.replace(make_venue(), server_time=self.now),
            "/sales/events": lambda _: [make_event(card) for card in self.shows],
            "/sales/performances": lambda query: self.shows if query.get("day", DAY) == DAY else [],
            "/sales/orders": lambda query: Page(items=self.find(query["find"])),
        }
        self.posts: dict[str, Callable[[bytes], object]] = {
            "/sign-in": self._sign_in,
            "/sign-out": lambda _: {},
            "/approvals": self._approve,
        }
        self.address = ""
        self._is_cut = False
        self._replies: dict[str, tuple[str, bytes, bytes]] = {}
        self._feed: list[FeedMessage] = []
        self._sockets: dict[web.WebSocketResponse, web.Request] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None

    # --- life ------------------------------------------------------------------------------

    async def start(self) -> None:
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/api/v1/feed", self._follow)
        app.router.add_get("/api/v1/{path:.*}", self._get)
        app.router.add_post("/api/v1/{path:.*}", self._post)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"http://{host}:{port}"

    async def stop(self) -> None:
        self.cut_off()
        assert self._runner is not None
        await self._runner.cleanup()

    def cut_off(self) -> None:
        """The network cable is pulled."""
        self._is_cut = True
        for request in self._sockets.values():
            if request.transport is not None:
                request.transport.abort()

    def mend(self) -> None:
        """The cable is back."""
        self._is_cut = False

    def count(self, path: str) -> int:
        """How many different changes were asked for at a path that ends like this."""
        return len({operation for asked, operation in self.requests if asked.endswith(path)})

    # --- HTTP ------------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self._is_cut:
            _drop(request)
        try:
            return await handler(request)
        except Refusal as no:
            problem = Problem(
                status=409, code=no.code, title=no.template, template=no.template, params=no.params
            )
            return _json(problem, status=409)

    async def _get(self, request: web.Request) -> web.Response:
        path = "/" + request.match_info["path"]
        if path in self.answers:
            return _json(self.answers[path](dict(request.query)))
        _, noun, key, *rest = path.strip("/").split("/")
        if noun == "orders":
            return _json(self.orders[int(key)])
        card = next(one for one in self.shows if one.id == int(key))
        if rest == ["seats"]:
            return _json(make_plan(card.id, self.seat_states, len(self._feed)))
        return _json(make_detail(card))

    async def _post(self, request: web.Request) -> web.Response:
        path, body = "/" + request.match_info["path"], await request.read()
        operation = request.headers["Idempotency-Key"]
        self.requests.append((path, operation))
        await asyncio.sleep(self.delay_s)
        known = self._replies.get(operation)
        if known is not None and known[:2] != (path, body):
            words = "The operation {operation_id} was already used for something else."
            raise Refusal("operation_reused", words, operation_id=operation)
        if known is None:
            self._shown = operation, request.headers.get("Approval", "")
            do = self.posts.get(path, lambda body: self.change(path, body))
            known = path, body, msgspec.json.encode(do(body))
            self._replies[operation] = known
        if self.lose_answers:
            self.lose_answers -= 1
            self.cut_off()
            _drop(request)
        return web.Response(body=known[2], content_type="application/json")

    def _sign_in(self, body: bytes) -> Session:
        asked = msgspec.json.decode(body)
        if (asked["code"], asked["pin"]) != ("C07", "4711"):
            raise Refusal("sign_in_refused", "Number or PIN is wrong.")
        me = Me(kind="staff", code="C07", name="Lin", station_kind="", permissions=self.permissions)
        return Session(token="token", me=me)

    def _approve(self, body: bytes) -> Approved:
        asked = msgspec.json.decode(body, type=AskApproval)
        if (asked.code, asked.pin) != self.approver:
            raise Refusal("wrong_pin", "Number or PIN is wrong.")
        token = f"approval-{len(self._approvals)}"
        self._approvals[token] = (asked.operation_id, asked.permission)
        return Approved(token=token, approver=asked.code, approver_name="Zhou", expires_at=self.now)

    def _demand(self, permission: str) -> None:
        operation, token = self._shown
        if permission in self.permissions:
            return
        if self._approvals.pop(token, None) != (operation, permission):
            words = "You may not do this: the permission {permission} is missing."
            raise Refusal("not_allowed", words, permission=permission)

    # --- the feed --------------------------------------------------------------------------

    def tell(self, kind: str, subject: str, **data: object) -> None:
        """Append a fact and send it to everybody who follows."""
        fact = self._fact(len(self._feed) + 1, kind, subject, data)
        self._feed.append(fact)
        for socket in self._sockets:
            sending = asyncio.ensure_future(_send(socket, fact))
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)

    def _fact(self, seq: int, kind: str, subject: str, data: dict[str, object]) -> FeedMessage:
        at = self.now.timestamp()
        return FeedMessage(seq=seq, at=at, kind=kind, subject=subject, data=data)

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        start = int(request.query["from"])
        for fact in self._feed[start - 1 :] if start else []:
            await _send(socket, fact)
        self._sockets[socket] = request
        await _send(socket, self._fact(len(self._feed), "feed.caught_up", "", {}))
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            self._sockets.pop(socket, None)
        return socket


async def _send(socket: web.WebSocketResponse, fact: FeedMessage) -> None:
    with contextlib.suppress(ConnectionError):  # it was cut off meanwhile
        await socket.send_str(msgspec.json.encode(fact).decode())


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value), status=status, content_type="application/json"
    )


def _drop(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()
    raise web.HTTPServiceUnavailable
