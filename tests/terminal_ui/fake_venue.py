"""A small venue server for tests of the console: real HTTP, simple rules, a link that can be cut.

It keeps the promise that matters: an operation id is done once, and asked again it gives the same
reply.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from aiohttp import WSMsgType, web
from venue_plugins.sales.wire import (
    ChangeOrder,
    Order,
    OrderLine,
    PayCash,
    Payment,
    PlaceOrder,
    PriceLine,
    PrintSheet,
    Sheet,
    StartPrint,
    Wanted,
)

from tests.terminal_ui.fake_data import (
    DAY,
    NOW,
    make_detail,
    make_event,
    make_plan,
    make_shows,
    make_venue,
)
from venue_suite.wire import FeedMessage, Me, Problem, Session

PERMISSIONS = [
    "sales.view", "sales.sell", "sales.orders", "sales.cash", "sales.reprint",
    "admission.view", "admission.scan", "reports.view",
]  # fmt: skip


class Refusal(Exception):
    def __init__(self, code: str, template: str, **params: object) -> None:
        super().__init__(template)
        self.code, self.template, self.params = code, template, params


@dataclass
class FakeVenue:
    """Start it with `await venue.start()`; `address` is where it answers."""

    now: datetime = NOW
    permissions: list[str] = field(default_factory=lambda: list(PERMISSIONS))
    cut: bool = False  # nobody answers
    lose_answers: int = 0  # so many changes are done, but their answers get lost
    orders: dict[int, Order] = field(default_factory=dict)
    seat_states: dict[int, str] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)  # (path, operation id) of changes
    scans: list[Any] = field(default_factory=list)
    answers: dict[str, Callable[[dict[str, str]], object]] = field(default_factory=dict)
    posts: dict[str, Callable[[bytes], object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._replies: dict[str, tuple[str, bytes, bytes]] = {}
        self._feed: list[FeedMessage] = []
        self._sockets: set[web.WebSocketResponse] = set()
        self._numbers = itertools.count(931)
        self._runner: web.AppRunner | None = None
        self.shows = make_shows()
        self.address = ""

    # --- life ------------------------------------------------------------------------------

    async def start(self) -> None:
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/api/v1/feed", self._follow)
        app.router.add_get("/api/v1/{path:.*}", self._get)
        app.router.add_post("/api/v1/{path:.*}", self._post)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"http://{host}:{port}"

    async def stop(self) -> None:
        await self.cut_off()
        assert self._runner is not None
        await self._runner.cleanup()

    async def cut_off(self) -> None:
        """The network cable is pulled."""
        self.cut = True
        for socket in list(self._sockets):
            if socket._req is not None and socket._req.transport is not None:
                socket._req.transport.abort()
        await asyncio.sleep(0)

    def mend(self) -> None:
        """The cable is back."""
        self.cut = False

    # --- HTTP ------------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.cut:
            _drop(request)
        try:
            return await handler(request)
        except Refusal as no:
            problem = Problem(
                status=409, code=no.code, title=no.template, template=no.template, params=no.params
            )
            return _json(problem, status=409)

    async def _get(self, request: web.Request) -> web.Response:
        path, query = "/" + request.match_info["path"], dict(request.query)
        if path in self.answers:
            return _json(self.answers[path](query))
        if path == "/venue":
            return _json(msgspec.structs.replace(make_venue(), server_time=self.now))
        if path == "/sales/events":
            return _json([make_event(card) for card in self.shows])
        if path == "/sales/performances":
            day = query.get("day", DAY)
            return _json(self.shows if day == DAY else [])
        parts = path.strip("/").split("/")
        if parts[:2] == ["sales", "performances"]:
            card = next(one for one in self.shows if one.id == int(parts[2]))
            if parts[-1] == "seats":
                return _json(make_plan(card.id, self.seat_states, len(self._feed)))
            return _json(make_detail(card))
        if path == "/sales/orders":
            return _json(self._find(query["find"]))
        return _json(self.orders[int(parts[2])])

    async def _post(self, request: web.Request) -> web.Response:
        path, body = "/" + request.match_info["path"], await request.read()
        operation = request.headers["Idempotency-Key"]
        self.requests.append((path, operation))
        if operation in self._replies:
            known_path, known_body, reply = self._replies[operation]
            if (known_path, known_body) != (path, body):
                raise Refusal(
                    "operation_reused",
                    "The operation {operation_id} was already used for something else.",
                    operation_id=operation,
                )
        else:
            reply = msgspec.json.encode(self._change(path, body))
            self._replies[operation] = (path, body, reply)
        if self.lose_answers:
            self.lose_answers -= 1
            await self.cut_off()
            _drop(request)
        return web.Response(body=reply, content_type="application/json")

    def _find(self, text: str) -> list[Order]:
        return [
            order
            for order in reversed(self.orders.values())
            if order.number.endswith(text) or text in (order.pickup_code, f"QR-TICKET-{order.id}")
        ]

    # --- changes ---------------------------------------------------------------------------

    def _change(self, path: str, body: bytes) -> object:
        if path == "/sign-in":
            return self._sign_in(body)
        if path in self.posts:
            return self.posts[path](body)
        if path == "/sales/orders":
            return self._place(msgspec.json.decode(body, type=PlaceOrder))
        order, verb = self.orders[int(path.split("/")[3])], path.split("/", 4)[4]
        if verb == "change":
            return self._fill(order, msgspec.json.decode(body, type=ChangeOrder).wanted)
        if verb == "release":
            return self._release(order, "released")
        if verb == "cash":
            return self._pay_cash(order, msgspec.json.decode(body, type=PayCash).received_minor)
        if verb == "qr":
            return self._keep(
                order, payments=[*order.payments, self._payment("qr", "waiting", order)]
            )
        if verb == "qr/cancel":
            return self.settle_code(order.id, "cancelled")
        if verb == "print":
            return self._print(order, msgspec.json.decode(body, type=StartPrint))
        return self._keep(order, lines=[_printed(line) for line in order.lines])

    def _sign_in(self, body: bytes) -> Session:
        asked = msgspec.json.decode(body)
        if (asked["code"], asked["pin"]) != ("C07", "4711"):
            raise Refusal("sign_in_refused", "Number or PIN is wrong.")
        me = Me(kind="staff", code="C07", name="Lin", station_kind="", permissions=self.permissions)
        return Session(token="token", me=me)

    def _place(self, asked: PlaceOrder) -> Order:
        number = next(self._numbers)
        card = next(one for one in self.shows if one.id == asked.performance_id)
        order = Order(
            id=number,
            number=f"A7K2-{number:04d}",
            pickup_code=f"6204{number:04d}",
            state="held",
            performance=card,
            lines=[],
            prices=[],
            payments=[],
            total_minor=0,
            paid_minor=0,
            tax_included_minor=0,
            currency="CNY",
            together=True,
            placed_at=self.now,
            expires_at=self.now + timedelta(minutes=10),
            paid_at=None,
            station="Window 2",
            staff="C07",
            language=asked.language,
        )
        return self._fill(order, asked.wanted)

    def _fill(self, order: Order, wanted: list[Wanted]) -> Order:
        for line in order.lines:
            self.seat_states.pop(line.seat_id, None)
        detail = make_detail(order.performance)
        plan = make_plan(order.performance.id, self.seat_states, 0)
        free = [seat for seat in plan.seats if seat.state == "free" and seat.kind == "seat"]
        free.sort(key=lambda seat: (seat.row != "7", abs(seat.x - 27), seat.x))
        reserved = order.performance.seating == "reserved"
        names = {section.code: section.name for section in plan.sections}
        lines: list[OrderLine] = []
        for want in wanted:
            kind = next(one for one in detail.ticket_types if one.id == want.ticket_type_id)
            for index in range(want.count):
                seat = None
                if reserved and want.seat_ids:
                    seat = next(one for one in plan.seats if one.id == want.seat_ids[index])
                    if seat.state != "free":
                        raise Refusal(
                            "seat_taken",
                            "Somebody else has just taken {count} of these seats.",
                            count=1,
                        )
                elif reserved:
                    seat = free.pop(0)
                tier = seat.tier if seat else "open"
                lines.append(
                    OrderLine(
                        id=len(lines) + 1,
                        ticket_type_id=kind.id,
                        ticket_type_code=kind.code,
                        ticket_type=kind.name,
                        tier=tier,
                        seat_id=seat.id if seat else 0,
                        section=names[seat.section] if seat else {},
                        row=seat.row if seat else "",
                        number=seat.number if seat else "",
                        price_minor=kind.prices_minor[tier],
                        ticket_number="",
                        ticket_state="",
                        print_state="",
                        entered_at=None,
                    )
                )
        for line in lines:
            if line.seat_id:
                self.seat_states[line.seat_id] = "held"
        total = sum(line.price_minor for line in lines)
        prices = [
            PriceLine(
                text=line.ticket_type, detail={"en": f"1 x {line.price_minor / 100:.2f}"}, count=1,
                unit_minor=line.price_minor, amount_minor=line.price_minor, kind="tickets",
            )
            for line in lines
        ]  # fmt: skip
        seats = {str(line.seat_id): "held" for line in lines if line.seat_id}
        self.tell("sales.seats_changed", f"performance/{order.performance.id}", seats=seats)
        return self._keep(
            order, lines=lines, prices=prices, total_minor=total, tax_included_minor=total // 34
        )

    def _release(self, order: Order, state: str) -> Order:
        for line in order.lines:
            self.seat_states.pop(line.seat_id, None)
        self._tell_order("sales.order_released", order, state)
        return self._keep(order, state=state, expires_at=None)

    def expire(self, order_id: int) -> None:
        self._release(self.orders[order_id], "expired")

    def _pay_cash(self, order: Order, received_minor: int) -> Order:
        if received_minor < order.total_minor:
            raise Refusal(
                "payment_short",
                "{received} were received; {due} are due.",
                received=received_minor,
                due=order.total_minor,
            )
        paid = self._payment("cash", "paid", order, received_minor)
        return self._paid(self._keep(order, payments=[*order.payments, paid]))

    def settle_code(self, order_id: int, state: str) -> Order:
        """What the payer did with the code."""
        order = self.orders[order_id]
        payments = [
            msgspec.structs.replace(one, state=state) if one.state == "waiting" else one
            for one in order.payments
        ]
        order = self._keep(order, payments=payments)
        return self._paid(order) if state == "paid" else order

    def _paid(self, order: Order) -> Order:
        lines = [
            msgspec.structs.replace(
                line,
                ticket_state="valid",
                print_state="waiting",
                ticket_number=f"{order.id:06d}{line.id:03d}",
            )
            for line in order.lines
        ]
        order = self._keep(
            order,
            state="paid",
            lines=lines,
            paid_minor=order.total_minor,
            paid_at=self.now,
            expires_at=None,
        )
        self._tell_order("sales.order_paid", order, "paid")
        return order

    def _payment(self, tender: str, state: str, order: Order, received: int = 0) -> Payment:
        change = received - order.total_minor if received else 0
        return Payment(
            id=len(order.payments) + 1, tender=tender, state=state, amount_minor=order.total_minor,
            received_minor=received, change_minor=change,
            qr_text="https://pay.example/q/7F3A91C2" if tender == "qr" else "", at=self.now,
        )  # fmt: skip

    def _print(self, order: Order, asked: StartPrint) -> PrintSheet:
        if asked.reprint:
            self._keep(
                order,
                lines=[msgspec.structs.replace(x, print_state="waiting") for x in order.lines],
            )
        sheets = [
            Sheet(job_id=f"{order.id}-{line.id}", line_id=line.id, design="ticket-80mm", values={})
            for line in self.orders[order.id].lines
            if line.print_state != "printed"
        ]
        return PrintSheet(order_id=order.id, sheets=sheets)

    def _keep(self, order: Order, **changes: Any) -> Order:
        order = msgspec.structs.replace(order, **changes)
        self.orders[order.id] = order
        return order

    # --- the feed --------------------------------------------------------------------------

    def tell(self, kind: str, subject: str, **data: object) -> None:
        """Append a fact and send it to everybody who follows."""
        fact = FeedMessage(
            seq=len(self._feed) + 1, at=self.now.timestamp(), kind=kind, subject=subject, data=data
        )
        self._feed.append(fact)
        for socket in list(self._sockets):
            asyncio.ensure_future(_send(socket, fact))

    def _tell_order(self, kind: str, order: Order, state: str) -> None:
        self.tell(
            kind,
            f"order/{order.id}",
            order=order.id,
            number=order.number,
            state=state,
            station=order.station,
        )

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        start = int(request.query["from"])
        backlog = self._feed[start - 1 :] if start else []
        for fact in backlog:
            await _send(socket, fact)
        caught_up = FeedMessage(
            seq=len(self._feed), at=self.now.timestamp(), kind="feed.caught_up", subject="", data={}
        )
        await _send(socket, caught_up)
        self._sockets.add(socket)
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            self._sockets.discard(socket)
        return socket


def _printed(line: OrderLine) -> OrderLine:
    return msgspec.structs.replace(line, print_state="printed")


async def _send(socket: web.WebSocketResponse, fact: FeedMessage) -> None:
    if not socket.closed:
        await socket.send_str(msgspec.json.encode(fact).decode())


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value), status=status, content_type="application/json"
    )


def _drop(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()
    raise web.HTTPServiceUnavailable
