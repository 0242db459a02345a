"""One tender at the counter: what it waits for, and the request that may be sent only once.

The operation id is made and saved when the tender opens. A second Enter, a lost link or a restart
ask for the same payment again and can't make another. After a refusal nothing was taken, and the
next try is a new operation with an id of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import msgspec
from venue_terminal.journal import Entry, Journal

from venue_plugins.sales.wire import Order, PayCash, Payment
from venue_suite.client import VenueClient

KIND = "sales.tender"
CASH = 1
QR = 3
ASK_AGAIN_S = 2.0


class Phase(Enum):
    ENTERING = "entering"  # nothing was sent
    ASKED = "asked"  # sent; the answer is awaited, and asked for again
    SHOWING_CODE = "showing code"  # the payer's phone is awaited
    CANCELLING = "cancelling"  # the code is being taken back
    PAID = "paid"


@dataclass(slots=True)
class Tender:
    """The tender of one order.

    Attributes:
        order: as the server said last.
        journal: where it is kept over a crash.
        operation_id: of the request that comes next, or that was sent.
        phase: what it waits for.
        tender: CASH or QR.
        path, body: what was sent; the same again until it is answered.
        times_asked: how often.
        began_s: when it was sent first.
    """

    order: Order
    journal: Journal
    operation_id: str
    phase: Phase = Phase.ENTERING
    tender: int = CASH
    path: str = ""
    body: object = None
    times_asked: int = 0
    began_s: float = 0.0

    @classmethod
    def open(cls, order: Order, journal: Journal, operation_id: str) -> Tender:
        """Begin, and save it. Raises `JournalUnusable`: then no money may be asked for."""
        tender = cls(order, journal, operation_id)
        tender._save(sent=False)
        return tender

    @classmethod
    def restore(cls, order: Order, journal: Journal, entry: Entry) -> Tender:
        """Go on with what a console sent before it died."""
        tender = cls(order, journal, entry.operation_id)
        tender.phase = Phase.ASKED
        tender.path = entry.path
        tender.body = entry.body
        tender.tender = int(entry.details.get("tender", CASH))
        return tender

    @property
    def is_paid(self) -> bool:
        return self.phase is Phase.PAID

    @property
    def due_minor(self) -> int:
        return self.order.total_minor - self.order.paid_minor

    @property
    def code_payment(self) -> Payment | None:
        """The payment by code that is open, or the last one."""
        return next((one for one in reversed(self.order.payments) if one.tender == "qr"), None)

    @property
    def cash_payment(self) -> Payment | None:
        return next((one for one in reversed(self.order.payments) if one.tender == "cash"), None)

    def ask_cash(self, received_minor: int, now_s: float) -> None:
        """Fix the request and save it, before it is sent. Raises `JournalUnusable`."""
        self._fix(CASH, "cash", PayCash(received_minor=received_minor), now_s)

    def ask_code(self, now_s: float) -> None:
        """The same for a payment by code."""
        self._fix(QR, "qr", {}, now_s)

    def _fix(self, tender: int, verb: str, body: object, now_s: float) -> None:
        self.tender = tender
        self.path = f"/sales/orders/{self.order.id}/{verb}"
        self.body = body
        self.began_s = now_s
        self.times_asked = 0
        self._save(sent=True)
        self.phase = Phase.ASKED

    async def send(self, client: VenueClient) -> Order:
        """Ask once, with the saved id. Raises `ServerAway`: the outcome is unknown, ask again."""
        self.times_asked += 1
        return await client.post(
            self.path, self.body, Order, operation_id=self.operation_id, retry=False
        )

    def take(self, order: Order) -> None:
        """The server's answer, or a later look at the order."""
        self.order = order
        if order.state == "paid":
            self.phase = Phase.PAID
            self.journal.clear()
            return
        payment = self.code_payment
        is_open = payment is not None and payment.state in ("waiting", "unknown")
        if self.tender == QR and is_open and self.phase is not Phase.CANCELLING:
            self.phase = Phase.SHOWING_CODE

    def start_over(self, operation_id: str) -> None:
        """Nothing was taken: the next request is a new one, so it gets a new id, saved at once."""
        self.operation_id = operation_id
        self.phase = Phase.ENTERING
        self.tender = CASH
        self._save(sent=False)

    def leave(self) -> None:
        """Back to the cart with nothing sent."""
        self.journal.clear()

    def _save(self, *, sent: bool) -> None:
        body: dict[str, Any] = msgspec.to_builtins(self.body) if sent else {}
        self.journal.save(
            Entry(
                operation_id=self.operation_id,
                kind=KIND,
                path=self.path if sent else "",
                body=body,
                details={"order": self.order.id, "tender": self.tender},
                sent=sent,
            )
        )
