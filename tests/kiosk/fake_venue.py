"""A small venue server for tests of the kiosk: real HTTP in a thread of its own, and it can be cut.

It keeps the promises that matter: an operation id is done once and asked again gives the same
reply, and the feed repeats what was missed.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import WSMsgType, web
from venue_plugins.sales import wire

from tests.kiosk import sample
from venue_suite.paper import sample_values
from venue_suite.wire import FeedMessage, Health, Me, Problem

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """The fake says no."""

    def __init__(self, code: str, template: str = "This is not possible now: {reason}") -> None:
        super().__init__(code)
        self.code, self.template = code, template


class FakeFeed:
    """An ordered feed that repeats what was missed, for any number of followers."""

    def __init__(self) -> None:
        self._feed: list[FeedMessage] = []
        self._sockets: set[web.WebSocketResponse] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def tell(self, kind: str, subject: str, data: dict[str, object]) -> None:
        """Put a fact on the feed, from any thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._tell, kind, subject, data)

    def _tell(self, kind: str, subject: str, data: dict[str, object]) -> None:
        seq = len(self._feed) + 11
        message = FeedMessage(seq=seq, at=0.0, kind=kind, subject=subject, data=data)
        self._feed.append(message)
        for socket in self._sockets:
            task = asyncio.ensure_future(socket.send_str(msgspec.json.encode(message).decode()))
            task.add_done_callback(lambda done: done.exception())

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        wanted = int(request.query["from"])
        for message in self._feed:
            if wanted and message.seq >= wanted:
                await socket.send_str(msgspec.json.encode(message).decode())
        last = len(self._feed) + 10
        caught_up = FeedMessage(seq=last, at=0.0, kind="feed.caught_up", subject="feed", data={})
        await socket.send_str(msgspec.json.encode(caught_up).decode())
        self._sockets.add(socket)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
        self._sockets.discard(socket)
        return socket


class FakeVenue(FakeFeed):
    """Start it with `start`; `address` is where it answers.

    Attributes:
        refuse: path ending -> code of the refusal that the next POST to it gets.
        lose: path ending -> so many changes there are done and their answers lost.
        operations: (path, operation id) of the changes as they were asked for.
        results: job id -> what the kiosk said about its paper.
        calls: (code, screen) of the calls for staff.
    """

    def __init__(self) -> None:
        super().__init__()
        self.address = ""
        self.refuse: dict[str, str] = {}
        self.lose: dict[str, int] = {}
        self.operations: list[tuple[str, str]] = []
        self.results: dict[str, str] = {}
        self.calls: list[tuple[str, str]] = []
        self.orders: dict[int, wire.Order] = {}
        self.plan = sample.make_plan()
        self._replies: dict[str, bytes] = {}
        self._port = 0
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    # --- life ------------------------------------------------------------------------------

    def start(self) -> None:
        """Listen, at the same port as before if it was stopped."""
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)))
        self._thread.start()
        assert ready.wait(10)

    def stop(self) -> None:
        """Go away like a server whose cable was pulled: without a word."""
        if self._thread is None or self._loop is None or self._stopping is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)
        self._thread = None

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        app.router.add_get("/api/v1/feed", self._follow)
        app.router.add_get("/api/v1/{path:.*}", self._get)
        app.router.add_post("/api/v1/{path:.*}", self._post)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = runner.addresses[0][1]
        self.address = f"http://127.0.0.1:{self._port}"
        ready.set()
        await self._stopping.wait()
        for socket in list(self._sockets):
            await socket.close()
        await runner.cleanup()

    # --- reads -----------------------------------------------------------------------------

    async def _get(self, request: web.Request) -> web.StreamResponse:
        try:
            key = request.headers.get("Authorization", "")
            reply = self._find(request.match_info["path"], dict(request.query), key)
        except Refusal as refusal:
            return _problem(refusal)
        return _json(reply)

    def _me(self, key: str) -> Me:
        if key != "Bearer key-1":
            raise Refusal("not_signed_in", "Please sign in first.")
        return Me(kind="station", code="kiosk-1", name="", station_kind="kiosk", permissions=[])

    def _find(self, path: str, query: dict[str, str], key: str) -> object:
        if path in ("venue", "me"):
            return sample.make_venue() if path == "venue" else self._me(key)
        if path == "health":
            seq = len(self._feed) + 10
            return Health(state="ready", version="0.1.0", uptime_s=1.0, feed_seq=seq)
        if path == "sales/events":
            return sample.make_events()
        if path == "sales/performances":
            return sample.make_performances(int(query["event"]))
        _, kind, number, *rest = path.split("/")
        if kind == "orders":
            return self._order(int(number))
        return self.plan if rest else sample.make_detail(int(number))

    def _order(self, order_id: int) -> wire.Order:
        if order_id not in self.orders:
            raise Refusal("not_found", "{what} {key} does not exist.")
        return self.orders[order_id]

    # --- changes ---------------------------------------------------------------------------

    async def _post(self, request: web.Request) -> web.StreamResponse:
        path, body = request.match_info["path"], await request.read()
        operation_id = request.headers["Idempotency-Key"]
        self.operations.append((path, operation_id))
        try:
            if operation_id not in self._replies:
                self._replies[operation_id] = msgspec.json.encode(self._change(path, body))
        except Refusal as refusal:
            return _problem(refusal)
        for ending in self.lose:
            if path.endswith(ending) and self.lose[ending] > 0:
                self.lose[ending] -= 1
                assert request.transport is not None
                request.transport.abort()
        return web.Response(body=self._replies[operation_id], content_type="application/json")

    def _change(self, path: str, body: bytes) -> object:
        for ending, code in list(self.refuse.items()):
            if path.endswith(ending):
                del self.refuse[ending]
                raise Refusal(code)
        if path == "stations/call":
            call = msgspec.json.decode(body)
            self.calls.append((call["code"], call["screen"]))
            return {}
        if path == "sales/orders":
            return self._place(msgspec.json.decode(body, type=wire.PlaceOrder))
        _, _, number, action, *rest = path.split("/")
        order = self._order(int(number))
        actions: dict[str, Callable[[], object]] = {
            "change": lambda: self._reseat(order, body),
            "release": lambda: self._keep(order, state="released"),
            "qr": lambda: self._start_qr(order),
            "qr/cancel": lambda: self._end_payment(order, "cancelled"),
            "print": lambda: self._sheets(order),
            "print-result": lambda: self._heard(order, body),
        }
        return actions["/".join([action, *rest])]()

    def _place(self, asked: wire.PlaceOrder) -> wire.Order:
        order = sample.make_order(
            asked.performance_id,
            asked.wanted,
            order_id=88 + len(self.orders),
            plan=self.plan,
            avoid=tuple(asked.avoid_seat_ids),
        )
        return self._keep(order)

    def _reseat(self, order: wire.Order, body: bytes) -> wire.Order:
        asked = msgspec.json.decode(body, type=wire.ChangeOrder)
        fresh = sample.make_order(
            order.performance.id,
            asked.wanted,
            order_id=order.id,
            plan=self.plan,
            avoid=tuple(asked.avoid_seat_ids),
        )
        return self._keep(fresh)

    def _keep(self, order: wire.Order, **changes: Any) -> wire.Order:
        self.orders[order.id] = msgspec.structs.replace(order, **changes)
        return self.orders[order.id]

    def _start_qr(self, order: wire.Order) -> wire.Order:
        return self._keep(order, payments=[sample.make_payment("waiting", order.total_minor)])

    def _end_payment(self, order: wire.Order, state: str) -> wire.Order:
        return self._keep(order, payments=[sample.make_payment(state, order.total_minor)])

    def pay(self, order_id: int) -> None:
        """The payer's phone has paid."""
        order = self.orders[order_id]
        payments = [sample.make_payment("paid", order.total_minor)]
        self._keep(order, state="paid", payments=payments, paid_at=sample.NOW, expires_at=None)
        self.tell("sales.order_paid", f"order/{order_id}", {"order": order_id, "state": "paid"})

    # --- paper -----------------------------------------------------------------------------

    def _sheets(self, order: wire.Order) -> wire.PrintSheet:
        jobs = [(f"{order.id}-{line.id}", line.id) for line in order.lines]
        jobs.append((f"{order.id}-0", 0))
        return wire.PrintSheet(
            order_id=order.id,
            sheets=[
                wire.Sheet(
                    job_id=job_id,
                    line_id=line_id,
                    design=design,
                    values=sample_values(design),
                )
                for job_id, line_id in jobs
                if self.results.get(job_id) != "printed"
                for design in ["ticket-80mm" if line_id else "receipt-80mm"]
            ],
        )

    def _heard(self, order: wire.Order, body: bytes) -> wire.Order:
        self.results |= msgspec.json.decode(body, type=wire.PrintResult).results
        lines = [
            msgspec.structs.replace(
                line, print_state=self.results.get(f"{order.id}-{line.id}", line.print_state)
            )
            for line in order.lines
        ]
        return self._keep(order, lines=lines)


def _json(reply: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(reply), content_type="application/json")


def _problem(refusal: Refusal) -> web.Response:
    problem = Problem(
        status=409,
        code=refusal.code,
        title=refusal.template,
        template=refusal.template,
        params={"reason": refusal.code},
    )
    return web.Response(
        status=409, body=msgspec.json.encode(problem), content_type="application/problem+json"
    )
