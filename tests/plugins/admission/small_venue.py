"""A very small venue: one hall without seats, one evening, real sales, a clock that tests turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from venue_plugins.admission import services as admission
from venue_plugins.admission import wire
from venue_plugins.admission.plugin import plugin as admission_plugin
from venue_plugins.admission.tables import LaneRow
from venue_plugins.reports.plugin import plugin as reports_plugin
from venue_plugins.sales import wire as sales_wire
from venue_plugins.sales.plugin import plugin as sales_plugin
from venue_plugins.sales.services import orders, payments, tickets
from venue_plugins.sales.tables import (
    EventRow,
    HallRow,
    PerformanceRow,
    PriceListRow,
    PriceRow,
    TicketTypeRow,
)

from venue_suite.database import Actor, Database, Work
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.database.work import Operation
from venue_suite.domain.localized import Localized
from venue_suite.plugin_manager import PluginManager
from venue_suite.seams import Seams
from venue_suite.settings import VENUE_KEY, VenueIdentity, put_setting, remember_ticket_key
from venue_suite.testing import place_in
from venue_suite.ticket_tokens import TicketSigner, TicketToken

# Saturday 28 November 2026, 19:30 in Shanghai: the doors have been open since 19:00.
NOW = datetime(2026, 11, 28, 11, 30, tzinfo=UTC)
DOORS = datetime(2026, 11, 28, 11, 0, tzinfo=UTC)
END = datetime(2026, 11, 28, 14, 0, tzinfo=UTC)

TITLE = {"zh": "潮汐来信", "en": "Letters from the Tide"}
ADULT_MINOR, CHILD_MINOR = 10000, 5000
TAX_BASIS_POINTS = 600
EVENING, MATINEE = 1, 2  # performances; the matinee was on the same day, until 17:00

LANES: Mapping[str, Localized] = {
    "main": {"zh": "正门", "en": "Main"},
    "side": {"zh": "侧门", "en": "Side"},
    "back": {"zh": "后门", "en": "Back"},
}
COUNTER = Actor("staff", "C01", "Lin", "window-1", "console", frozenset({"*"}))


def gate_actor(name: str) -> Actor:
    """A gate station."""
    return Actor("station", name, name, name, "gate", frozenset({"admission.scan"}))


GATE = gate_actor("gate-1")


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
class SmallVenue:
    """An open database with its plugins, and short ways to sell and to scan."""

    folder: Path
    database: Database
    plugins: PluginManager
    clock: Clock
    signer: TicketSigner
    _made: int = field(default=0)

    async def sell(
        self, *types: str, performance: int = EVENING, received_minor: int = 10_000_000
    ) -> sales_wire.Order:
        """Sell one ticket of each type (`a`, `c`) for cash at the window."""
        ids = {"a": 1, "c": 2}
        wanted = [
            sales_wire.Wanted(ticket_type_id=ids[code], count=types.count(code))
            for code in dict.fromkeys(types)
        ]
        placed = sales_wire.PlaceOrder(performance_id=performance, wanted=wanted)
        order = await self.commit(orders.place_order, placed)
        paid = sales_wire.PayCash(received_minor=received_minor)
        sold: sales_wire.Order = await self.commit(payments.pay_cash, order.id, paid)
        return sold

    async def print_codes(self, order: sales_wire.Order, *, reprint: bool = False) -> list[str]:
        """The codes that stand on the tickets of an order."""
        wanted = sales_wire.StartPrint(reprint=reprint, receipt=False)
        sheets = await self.commit(tickets.start_print, order.id, wanted, self.signer)
        return [str(sheet.values["token"]) for sheet in sheets.sheets]

    async def ticket(self, **how: Any) -> str:
        """The code of one new adult ticket."""
        (code,) = await self.print_codes(await self.sell("a", **how))
        return code

    def sign(self, ticket: int, *, admits: int = 1, signer: TicketSigner | None = None) -> str:
        """A code of our own making, as the venue would sign it."""
        token = TicketToken(ticket, 1, EVENING, DOORS, END, admits)
        return (signer or self.signer).sign(token)

    async def scan(
        self, code: str, lane: str = "main", *, commit: bool = False, actor: Actor = GATE
    ) -> wire.Decision:
        """One scan under an operation of its own; returns what the server answers."""
        wanted = wire.Scan(lane=lane, code=code, commit=commit)
        told: wire.Decision = await self.commit(admission.scan, wanted, self.plugins, actor=actor)
        return told

    async def passed(
        self, decision: wire.Decision, outcome: str, *, actor: Actor = GATE
    ) -> wire.Decision:
        """What the gate saw after a scan; returns what the server answers."""
        passed = wire.Passed(scan_id=decision.scan_id, outcome=outcome)
        told: wire.Decision = await self.commit(admission.note_passage, passed, actor=actor)
        return told

    async def commit(
        self, service: Any, *arguments: Any, actor: Actor = COUNTER, operation: str = ""
    ) -> Any:
        """Run a service; returns its value, or with an operation its stored JSON."""
        known = Operation(operation, b"same") if operation else None
        committed = await self.database.commit(service, *arguments, actor=actor, operation=known)
        return committed.value

    async def violations(self) -> list[str]:
        """What `venue verify` would find in the plugins' data."""
        checks = self.plugins.checks()
        return await self.database.read(
            lambda view: [sentence for check in checks for sentence in check.find(view)]
        )


async def open_small_venue(
    folder: Path, clock: Clock | None = None, signer: TicketSigner | None = None
) -> SmallVenue:
    """A fresh small venue. The caller closes `database`."""
    clock = clock or Clock()
    signer = signer or make_signer(1)
    plugins = PluginManager()
    for name, plugin in (
        ("admission", admission_plugin),
        ("reports", reports_plugin),
        ("sales", sales_plugin),
    ):
        plugins.register(name, plugin)
    database = Database(place_in(folder), seams=clock.seams)
    database.open(KERNEL_MIGRATIONS | plugins.migrations())
    await database.write(fill)
    await database.write(remember_ticket_key, signer.key_id, signer.public_key)
    return SmallVenue(folder, database, plugins, clock, signer)


def make_signer(number: int) -> TicketSigner:
    """A signing key that is the same in every run."""
    return TicketSigner(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


def fill(work: Work) -> None:
    """The small venue's catalogue."""
    identity = VenueIdentity(
        name={"zh": "小剧场", "en": "Small Theatre"}, tax_basis_points=TAX_BASIS_POINTS
    )
    put_setting(work, VENUE_KEY, identity)
    hall = HallRow.create(code="hall", name={"zh": "一厅", "en": "Hall 1"})
    prices = PriceListRow.create(
        code="all",
        tiers=[{"code": "open", "name": {"zh": "不对号", "en": "Open"}, "rank": 1}],
        promotions=[],
        best_value=["open"],
        notes={},
    )
    for position, (code, key, names, price_minor) in enumerate(
        [
            ("a", "adult", {"zh": "成人", "en": "Adult"}, ADULT_MINOR),
            ("c", "child", {"zh": "儿童", "en": "Child"}, CHILD_MINOR),
        ]
    ):
        kind = TicketTypeRow.create(
            code=code, key=key, name=names, note={}, kinds=[], position=position
        )
        PriceRow.create(price_list=prices, tier="open", ticket_type=kind, price_minor=price_minor)
    event = EventRow.create(
        code="tide", kind="show", art="tide", title=TITLE, genre={}, about={}, length={}, position=0
    )
    for doors, end in ((DOORS, END), (DOORS - timedelta(hours=5), END - timedelta(hours=5))):
        PerformanceRow.create(
            event=event,
            hall=hall,
            plan=None,
            price_list=prices,
            starts_at=doors + timedelta(minutes=45),
            ends_at=end,
            admits_from=doors,
            admits_until=end,
            state="on_sale",
            places_per_order_max=300,
            capacity=1000,
        )
    for code, name in LANES.items():
        LaneRow.create(code=code, name=name, state="open")
