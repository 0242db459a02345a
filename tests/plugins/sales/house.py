"""A small house to sell in: a plan of 26 places, an exhibition, and a clock that tests turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from venue_plugins.admission.plugin import plugin as admission_plugin
from venue_plugins.reports.plugin import plugin as reports_plugin
from venue_plugins.sales import wire
from venue_plugins.sales.plugin import plugin as sales_plugin
from venue_plugins.sales.services import expiry, orders, payments, tickets
from venue_plugins.sales.tables import (
    EventRow,
    HallRow,
    PerformanceRow,
    PlanRow,
    PriceListRow,
    PriceRow,
    SeatClaimRow,
    SeatRow,
    TicketTypeRow,
)

from venue_suite.audit.signing import HeadSigner
from venue_suite.config import WebhooksConfig
from venue_suite.context import Context
from venue_suite.database import Actor, Database, View, Work
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.database.work import Committed, Operation
from venue_suite.domain.errors import DeviceUnavailable
from venue_suite.domain.facts import Fact
from venue_suite.feed_rights import FeedRights
from venue_suite.identity.sealing import Sealer
from venue_suite.plugin_manager import PluginManager
from venue_suite.ports import PaymentState
from venue_suite.seams import Seams
from venue_suite.settings import VENUE_KEY, VenueIdentity, put_setting, remember_ticket_key
from venue_suite.ticket_tokens import TicketSigner

# Friday 27 November 2026, 18:00 in Shanghai.
NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
HOLD_S = 600

# Performances.
TONIGHT, MATINEE, SLOT, OPEN_DAY, STOPPED, OVER = 1, 2, 3, 4, 5, 6
# Ticket types.
ADULT, CHILD, WHEELCHAIR, GUEST = 1, 2, 3, 4
ADULT_T1, ADULT_T2, ADULT_OPEN = 10000, 6000, 4000
SEATS = 26
BLOCKED_SEAT = 8
# Row 3 has places 17 to 24; beside them a wheelchair place and its companion seat.
WHEELCHAIR_SEAT, COMPANION_SEAT = 25, 26
SLOT_PLACES = 40

KIOSK = Actor("station", "kiosk-1", "kiosk-1", "kiosk-1", "kiosk", frozenset({"sales.sell"}))
KIOSK_2 = Actor("station", "kiosk-2", "kiosk-2", "kiosk-2", "kiosk", frozenset({"sales.sell"}))
CASHIER = Actor(
    "staff", "C01", "Lin", "window-1", "console", frozenset({"sales.sell", "sales.cash"})
)
MANAGER = Actor("staff", "C03", "Zhou", "window-2", "console", frozenset({"*"}))


@dataclass
class Clock:
    """The venue's clock; stands until a test turns it."""

    now: datetime = NOW

    def turn(self, **ahead: float) -> None:
        self.now += timedelta(**ahead)

    @property
    def seams(self) -> Seams:
        return Seams(time_s=lambda: self.now.timestamp())  # noqa: PLW0108 - `now` changes


@dataclass
class FakeProvider:
    """A payment provider as the server's devices show it.

    Attributes:
        states: reference -> how it stands.
        away: it does not answer, though it may act.
        says: answers every question with this word.
        calls: what it was asked, in order.
    """

    states: dict[str, PaymentState] = field(default_factory=dict)
    away: bool = False
    says: str = ""
    absent: bool = False
    calls: list[tuple[str, str]] = field(default_factory=list)

    def first(self, kind: str) -> str | None:
        return None if self.absent or kind != "qr_payments" else "qr"

    async def call(self, device: str, method: str, *args: Any, timeout_s: float) -> Any:
        reference = args[0]
        self.calls.append((method, reference))
        if method == "create":
            self.states.setdefault(reference, PaymentState.WAITING)
        elif method == "cancel" and self.states.get(reference) in (None, PaymentState.WAITING):
            self.states[reference] = PaymentState.CANCELLED
        if self.away:
            raise DeviceUnavailable(device=device, reason="it is away")
        if method == "create":
            return f"https://pay.invalid/{reference}"
        if reference not in self.states:
            raise DeviceUnavailable(device=device, reason="no such payment")
        return self.says or self.states[reference]

    def pay(self) -> None:
        """The payer pays whatever is open."""
        for reference, state in self.states.items():
            if state is PaymentState.WAITING:
                self.states[reference] = PaymentState.PAID


@dataclass
class House:
    """An open database with its plugins, and short ways to sell."""

    database: Database
    plugins: PluginManager
    clock: Clock
    signer: TicketSigner
    provider: FakeProvider = field(default_factory=FakeProvider)
    facts: list[Fact] = field(default_factory=list)

    @property
    def context(self) -> Context:
        keys = {self.signer.key_id: self.signer.public_key}
        heads = HeadSigner(Ed25519PrivateKey.generate())
        rights = FeedRights((), ())
        return Context(
            self.database,
            self.plugins,
            self.provider,
            self.signer,
            keys,
            heads,
            rights,
            Sealer(bytes(32)),
            WebhooksConfig(),
        )

    async def commit(
        self, service: Any, *arguments: Any, actor: Actor = KIOSK, operation: str = ""
    ) -> Any:
        """Run a service; returns its value, or with an operation its stored JSON."""
        return (await self.committed(service, *arguments, actor=actor, operation=operation)).value

    async def committed(
        self, service: Any, *arguments: Any, actor: Actor = KIOSK, operation: str = ""
    ) -> Committed:
        known = Operation(operation, b"same") if operation else None
        return await self.database.commit(service, *arguments, actor=actor, operation=known)

    async def read(self, query: Any, *arguments: Any) -> Any:
        return await self.database.read(query, *arguments)

    async def place(
        self,
        *wanted: wire.Wanted,
        performance: int = TONIGHT,
        actor: Actor = KIOSK,
        **more: Any,
    ) -> wire.Order:
        asked = wire.PlaceOrder(performance_id=performance, wanted=list(wanted), **more)
        order: wire.Order = await self.commit(orders.place_order, asked, actor=actor)
        return order

    async def change(self, order: wire.Order, *wanted: wire.Wanted, **more: Any) -> wire.Order:
        asked = wire.ChangeOrder(wanted=list(wanted), **more)
        changed: wire.Order = await self.commit(orders.change_order, order.id, asked)
        return changed

    async def pay(self, order: wire.Order, *, actor: Actor = CASHIER) -> wire.Order:
        paid = wire.PayCash(received_minor=order.total_minor)
        sold: wire.Order = await self.commit(payments.pay_cash, order.id, paid, actor=actor)
        return sold

    async def sell(
        self, *wanted: wire.Wanted, performance: int = TONIGHT, actor: Actor = CASHIER
    ) -> wire.Order:
        order = await self.place(*wanted, performance=performance, actor=actor)
        return await self.pay(order, actor=actor)

    async def expire(self) -> int:
        gone: int = await self.database.write(expiry.expire_orders)
        return gone

    async def start_print(
        self, order: wire.Order, *, actor: Actor = KIOSK, operation: str = "", **wanted: bool
    ) -> Any:
        """The sheets; with an operation their stored JSON."""
        return await self.commit(
            tickets.start_print,
            order.id,
            wire.StartPrint(**wanted),
            self.signer,
            actor=actor,
            operation=operation,
        )

    async def note_print(
        self, order: wire.Order, results: Mapping[str, str], *, actor: Actor = KIOSK
    ) -> wire.Order:
        told = wire.PrintResult(results=dict(results))
        noted: wire.Order = await self.commit(tickets.note_print, order.id, told, actor=actor)
        return noted

    async def stock(self, performance: int = TONIGHT) -> tuple[int, int]:
        """(sold, held)."""

        def read(view: View) -> tuple[int, int]:
            row = PerformanceRow.get_by_id(performance)
            return row.sold, row.held

        return await self.database.read(read)

    async def violations(self) -> list[str]:
        """What `venue verify` would find in the plugins' data."""
        return await self.database.read(lambda view: find_violations(self.plugins, view))

    def told(self, kind: str) -> list[Fact]:
        """The facts of one kind, in the order of the feed."""
        return [fact for fact in self.facts if fact.kind == kind]


def find_violations(plugins: PluginManager, view: View) -> list[str]:
    """What the plugins' checks find."""
    return [sentence for check in plugins.checks() for sentence in check.find(view)]


def want(ticket_type: int, count: int = 1, seats: Sequence[int] = ()) -> wire.Wanted:
    """`count` places of a type; or one for each of these seats."""
    return wire.Wanted(ticket_type_id=ticket_type, count=len(seats) or count, seat_ids=list(seats))


def seats_of(order: wire.Order) -> list[int]:
    """Its seats, line by line."""
    return [line.seat_id for line in order.lines]


def make_plugins() -> PluginManager:
    plugins = PluginManager()
    for name, plugin in (
        ("admission", admission_plugin),
        ("reports", reports_plugin),
        ("sales", sales_plugin),
    ):
        plugins.register(name, plugin)
    return plugins


def make_signer(number: int = 1) -> TicketSigner:
    """A signing key that is the same in every run."""
    return TicketSigner(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


async def open_house(place: Path | str, clock: Clock | None = None, *, fill: bool = True) -> House:
    """Open the house in a database, fresh or as it was left. The caller closes `database`."""
    clock = clock or Clock()
    plugins, signer = make_plugins(), make_signer()
    database = Database(place, seams=clock.seams)
    database.open(KERNEL_MIGRATIONS | plugins.migrations())
    if fill:
        await database.write(fill_house)
        await database.write(remember_ticket_key, signer.key_id, signer.public_key)
    house = House(database, plugins, clock, signer)
    database.on_commit(house.facts.extend)
    return house


def fill_house(work: Work) -> None:
    """The catalogue of the small house."""
    identity = VenueIdentity(
        name={"zh": "小剧场", "en": "Small Theatre"}, tax_basis_points=300, phone="0000-1"
    )
    put_setting(work, VENUE_KEY, identity)
    _fill_types()
    _fill_plan()
    _fill_performances()


def _fill_types() -> None:
    types = {
        "a": ("adult", {"zh": "成人", "en": "Adult"}, []),
        "c": ("child", {"zh": "儿童", "en": "Child"}, []),
        "x": ("wheelchair", {"zh": "轮椅", "en": "Wheelchair"}, ["wheelchair", "companion"]),
        "g": ("guest", {"zh": "赠票", "en": "Guest"}, []),
    }
    for position, (code, (key, name, kinds)) in enumerate(types.items(), start=1):
        TicketTypeRow.create(code=code, key=key, name=name, note={}, kinds=kinds, position=position)
    tiers = [{"code": "T1", "name": {"en": "First"}, "rank": 1}]
    tiers += [{"code": "T2", "name": {"en": "Second"}, "rank": 2}]
    seated = PriceListRow.create(
        code="seated", tiers=tiers, promotions=[], best_value=["T2", "T1"], notes={}
    )
    free = [{"code": "open", "name": {}, "rank": 1}]
    slots = PriceListRow.create(code="slot", tiers=free, promotions=[], best_value=[], notes={})
    prices = {
        seated: {
            "T1": {ADULT: ADULT_T1, WHEELCHAIR: 5000, GUEST: 0},
            "T2": {ADULT: ADULT_T2, CHILD: 3000, WHEELCHAIR: 3000},
        },
        slots: {"open": {ADULT: ADULT_OPEN, CHILD: 2000, WHEELCHAIR: 2000, GUEST: 0}},
    }
    for price_list, by_tier in prices.items():
        for tier, by_type in by_tier.items():
            for ticket_type, price_minor in by_type.items():
                PriceRow.create(
                    price_list=price_list,
                    tier=tier,
                    ticket_type=ticket_type,
                    price_minor=price_minor,
                )


def _fill_plan() -> None:
    """Three rows of eight, the first one dearer; a wheelchair place and a companion seat in row 3.

    Children are not sold a place in the first row.
    """
    hall = HallRow.create(code="main", name={"zh": "大厅", "en": "Main hall"})
    HallRow.create(code="gallery", name={"zh": "展厅", "en": "Gallery"})
    sections = [{"code": "S", "name": {"zh": "池座", "en": "Stalls"}, "short": {}, "level": "1"}]
    plan = PlanRow.create(hall=hall, stage={"en": "Stage"}, sections=sections)
    for row in (1, 2, 3):
        for place in range(1, 11 if row == 3 else 9):
            kinds = {9: "wheelchair", 10: "companion"}
            SeatRow.create(
                plan=plan,
                section="S",
                row=str(row),
                number=str(place),
                block=1,
                x=(place - 4) * 55,
                y=row * 100,
                tier="T1" if row == 1 else "T2",
                kind=kinds.get(place, "seat"),
            )


def _fill_performances() -> None:
    names = {"kind": "show", "art": "tide", "genre": {}, "about": {}, "length": {}}
    tide = EventRow.create(code="tide", title={"zh": "潮汐", "en": "Tide"}, position=2, **names)
    win = EventRow.create(code="win", title={"zh": "窗", "en": "Windows"}, position=1, **names)
    evening = NOW + timedelta(hours=1, minutes=30)
    for event, hours, seated, state in (
        (tide, 0, True, "on_sale"),
        (tide, 24, True, "on_sale"),
        (win, -1, False, "on_sale"),
        (win, 4, False, "on_sale"),
        (tide, 48, True, "stopped"),
        (tide, -24, True, "on_sale"),
    ):
        starts_at = evening + timedelta(hours=hours)
        PerformanceRow.create(
            event=event,
            hall=1 if seated else 2,
            plan=1 if seated else None,
            price_list=1 if seated else 2,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
            admits_from=starts_at - timedelta(minutes=30),
            admits_until=starts_at + timedelta(hours=2),
            state=state,
            places_per_order_max=6,
            capacity=SEATS if seated else SLOT_PLACES,
            blocked=int(seated),
        )
        if seated:
            performance = PerformanceRow.select(PerformanceRow.id).order_by(
                PerformanceRow.id.desc()
            )
            SeatClaimRow.create(
                performance=performance.first(), seat=BLOCKED_SEAT, state="blocked", reason="house"
            )
