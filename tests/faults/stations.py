"""Stations at work on a real server until it dies: each remembers what it asked and was told."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from random import Random
from typing import TypeVar

import msgspec
from venue_plugins.admission import wire as admission_wire
from venue_plugins.sales import wire

from venue_suite.client import ServerRefused, VenueClient
from venue_suite.domain.errors import Busy, ServerAway
from venue_suite.testing import token_of
from venue_suite.wire import CallStaff

T = TypeVar("T")

PLACES_MIN = 30  # that a performance must have left to be sold here
SOON = 3
ENOUGH_MINOR = 1_000_000
ASKING_S = 30.0
ASKING_AT_ONCE = 8


class Asked(msgspec.Struct):
    """One operation as its station saved it before it was sent.

    Attributes:
        answer: the JSON that came; empty until one does.
        refusal: the code of the refusal that came instead.
    """

    role: str
    path: str
    body: object
    answer: bytes = b""
    refusal: str = ""

    @property
    def kind(self) -> str:
        """What is asked, without the order's number."""
        return "/".join(part for part in self.path.split("/") if part and not part.isdigit())

    @property
    def is_stored(self) -> bool:
        """Whether its answer is what the operation did, and not how things stand now."""
        return not self.kind.startswith("sales/orders/qr")


class Stations:
    """The stations of one venue, from one start of its server to its end.

    Args:
        chance: where their wishes come from.

    Attributes:
        asked: operation id -> what it was, in the order of asking.
        counts: kind -> answers that came.
    """

    def __init__(self, chance: Random) -> None:
        self.asked: dict[str, Asked] = {}
        self.counts: Counter[str] = Counter()
        self._chance = chance
        self._performances: list[wire.PerformanceDetail] = []
        self._lane = ""
        self._floor = 0
        self._enough = asyncio.Event()
        self._codes: deque[str] = deque()

    async def look_around(self, address: str) -> None:
        """See what is on sale."""
        async with VenueClient(address, token_of("kiosk")) as client:
            cards = await client.get("/sales/performances", list[wire.PerformanceCard])
            roomy = [card for card in cards if card.places_left > PLACES_MIN]
            soon = sorted(roomy, key=lambda card: card.starts_at)[:SOON]  # some admit already
            for card in [*soon, *self._chance.sample(roomy, min(2, len(roomy)))]:
                path = f"/sales/performances/{card.id}"
                self._performances.append(await client.get(path, wire.PerformanceDetail))
        assert self._performances, "nothing is on sale any more"
        async with VenueClient(address, token_of("gate")) as client:
            lanes = await client.get("/admission/lanes", list[admission_wire.Lane])
            self._lane = lanes[0].code

    async def work(self, address: str) -> None:
        """Work until the server is away."""
        jobs: list[tuple[str, Callable[[VenueClient], Awaitable[None]]]] = [
            *(("cashier", self._sell),) * 3,
            *(("kiosk", self._serve_themselves),) * 2,
            ("console", self._call),
            ("gate", self._admit),
        ]
        await asyncio.gather(*(self._keep_on(address, role, job) for role, job in jobs))

    async def answered_enough(self, floor: int) -> None:
        """Returns once so many answers have come."""
        self._floor = floor
        await self._enough.wait()

    async def ask_again(self, address: str) -> None:
        """Every operation once more: first all that were answered, which have the same answer; then
        the others in the order in which they were asked: they are done now, or a rule says no.

        Raises AssertionError for what was answered, then lost or changed.
        """
        answered = [key for key, asked in self.asked.items() if asked.answer]
        clients = {role: VenueClient(address, token_of(role)) for role in _ROLES}
        try:
            async with asyncio.timeout(ASKING_S):
                some = [answered[start::ASKING_AT_ONCE] for start in range(ASKING_AT_ONCE)]
                await asyncio.gather(*(self._ask_again(clients, keys) for keys in some))
                others = [key for key in self.asked if key not in set(answered)]
                await self._ask_again(clients, others)
        finally:
            for client in clients.values():
                await client.close()

    async def _ask_again(self, clients: Mapping[str, VenueClient], keys: Iterable[str]) -> None:
        for key in keys:
            asked = self.asked[key]
            must_be_same = bool(asked.answer) and asked.is_stored
            try:
                answer = await _post(clients[asked.role], asked, key, retry=True)
            except ServerRefused as refusal:
                answer = refusal.code.encode()
            same = not must_be_same or answer == asked.answer
            assert same, f"{asked.kind} {key}: answered, then lost or changed"

    # --- what they do ------------------------------------------------------------------------

    async def _keep_on(
        self, address: str, role: str, job: Callable[[VenueClient], Awaitable[None]]
    ) -> None:
        async with VenueClient(address, token_of(role)) as client:
            while True:
                try:
                    await job(client)
                except ServerAway:
                    return

    async def _sell(self, client: VenueClient) -> None:
        """A cashier: place, pay, print; or all in one step. Then the visitor goes in."""
        if self._chance.random() < 0.3:
            await self._sell_now(client)
            return
        order = await self._place(client, "cashier")
        if order is None:
            return
        path = f"/sales/orders/{order.id}"
        paid = wire.PayCash(received_minor=order.total_minor)
        if await self._ask(client, "cashier", f"{path}/cash", paid, wire.Order) is None:
            return
        printing = wire.StartPrint()
        sheets = await self._ask(client, "cashier", f"{path}/print", printing, wire.PrintSheet)
        if sheets is None:
            return
        told = wire.PrintResult(results={sheet.job_id: "printed" for sheet in sheets.sheets})
        await self._ask(client, "cashier", f"{path}/print-result", told, wire.Order)
        self._codes.extend(str(sheet.values["token"]) for sheet in sheets.sheets if sheet.line_id)

    async def _sell_now(self, client: VenueClient) -> None:
        wanted = self._wish()
        asked = wire.SellNow(
            performance_id=wanted.performance_id,
            wanted=wanted.wanted,
            received_minor=ENOUGH_MINOR,
        )
        sold = await self._ask(client, "cashier", "/sales/orders/sell", asked, wire.Sold)
        if sold is not None:
            self._codes.extend(ticket.token for ticket in sold.tickets)

    async def _serve_themselves(self, client: VenueClient) -> None:
        """A kiosk: place and show a code; take it back, let the order go, or leave it all."""
        order = await self._place(client, "kiosk")
        if order is None:
            return
        path = f"/sales/orders/{order.id}"
        await self._ask(client, "kiosk", f"{path}/qr", {}, wire.Order)
        if self._chance.random() < 0.5:
            await self._ask(client, "kiosk", f"{path}/qr/cancel", {}, wire.Order)
            await self._ask(client, "kiosk", f"{path}/release", {}, wire.Order)

    async def _call(self, client: VenueClient) -> None:
        """A console where somebody calls."""
        called = CallStaff(code=f"{self._chance.getrandbits(64):x}")
        await self._ask(client, "console", "/stations/call", called, dict)

    async def _admit(self, client: VenueClient) -> None:
        """A gate: scan what was printed and what is no ticket, note the passage."""
        if not self._codes and self._chance.random() < 0.8:
            await asyncio.sleep(0.01)
            return
        code = self._codes.popleft() if self._codes else "no ticket"
        seen = admission_wire.Scan(lane=self._lane, code=code)
        decision = await self._ask(
            client, "gate", "/admission/scans", seen, admission_wire.Decision
        )
        if decision is not None and decision.passage == "waiting":
            passed = admission_wire.Passed(scan_id=decision.scan_id, outcome="passed")
            await self._ask(client, "gate", "/admission/passages", passed, admission_wire.Decision)

    async def _place(self, client: VenueClient, role: str) -> wire.Order | None:
        return await self._ask(client, role, "/sales/orders", self._wish(), wire.Order)

    def _wish(self) -> wire.PlaceOrder:
        detail = self._chance.choice(self._performances)
        kind = next(kind for kind in detail.ticket_types if not kind.kinds)
        wanted = [wire.Wanted(ticket_type_id=kind.id, count=self._chance.randint(1, 2))]
        return wire.PlaceOrder(performance_id=detail.card.id, wanted=wanted)

    async def _ask(
        self, client: VenueClient, role: str, path: str, body: object, shape: type[T]
    ) -> T | None:
        """Save, send, remember; None if a rule said no. Raises ServerAway."""
        asked = Asked(role, path, body)
        key = client.make_operation_id()
        self.asked[key] = asked
        try:
            answer = await _post(client, asked, key, retry=False)
        except (ServerRefused, Busy) as refusal:
            asked.refusal = refusal.code
            self.counts[f"{asked.kind}: {refusal.code}"] += 1
            return None
        asked.answer = answer
        self.counts[asked.kind] += 1
        if self.counts.total() >= self._floor:
            self._enough.set()
        return msgspec.json.decode(answer, type=shape)


_ROLES = ("cashier", "kiosk", "console", "gate")


async def _post(client: VenueClient, asked: Asked, key: str, *, retry: bool) -> bytes:
    raw = await client.post(asked.path, asked.body, msgspec.Raw, operation_id=key, retry=retry)
    return bytes(raw)
