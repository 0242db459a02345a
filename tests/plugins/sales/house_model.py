"""What the small house should do, in the plainest words: no database, no tables, no sharing of code
with the services. A refusal is the code of its error."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.plugins.sales.house import (
    ADULT_OPEN,
    ADULT_T1,
    ADULT_T2,
    BLOCKED_SEAT,
    COMPANION_SEAT,
    HOLD_S,
    NOW,
    SEATS,
    SLOT,
    SLOT_PLACES,
    TONIGHT,
    WHEELCHAIR_SEAT,
)

DEAR_SEATS = range(1, 9)
PLACES_MAX = 6
# Until when each performance is sold, in minutes from the opening of the house.
SOLD_UNTIL_MIN = {TONIGHT: 110, SLOT: 150}
OPEN = ("asked", "waiting", "unknown")


class No(Exception):
    """Refused; the argument is the code."""


@dataclass
class ModelPayment:
    id: int
    amount_minor: int
    state: str
    tender: str = "qr"
    has_code: bool = False
    late: bool = False

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@dataclass
class ModelOrder:
    """`seats` is empty in the gallery."""

    id: int
    performance: int
    count: int
    seats: list[int]
    total_minor: int
    expires_at: datetime
    state: str = "held"
    payments: list[ModelPayment] = field(default_factory=list)

    @property
    def open_payment(self) -> ModelPayment | None:
        return next((one for one in self.payments if one.is_open), None)


@dataclass
class Model:
    """The house: who has which seats, and how much money came in and is owed back."""

    now: datetime = NOW
    orders: dict[int, ModelOrder] = field(default_factory=dict)

    # --- questions -------------------------------------------------------------------------

    def live(self, performance: int, *states: str) -> list[ModelOrder]:
        return [
            one
            for one in self.orders.values()
            if one.performance == performance and one.state in (states or ("held", "paid"))
        ]

    def taken(self, but: ModelOrder | None = None) -> set[int]:
        """Seats that are gone tonight, those of one order excepted."""
        return {BLOCKED_SEAT} | {
            seat for one in self.live(TONIGHT) if one is not but for seat in one.seats
        }

    def left(self, performance: int, but: ModelOrder | None = None) -> int:
        capacity = SEATS - 1 if performance == TONIGHT else SLOT_PLACES
        return capacity - sum(one.count for one in self.live(performance) if one is not but)

    def count(self, performance: int, state: str) -> int:
        return sum(one.count for one in self.live(performance, state))

    def money(self) -> tuple[int, int, int]:
        """(taken in cash, taken by code, owed back)."""
        paid = [
            one for order in self.orders.values() for one in order.payments if one.state == "paid"
        ]
        return (
            sum(one.amount_minor for one in paid if one.tender == "cash"),
            sum(one.amount_minor for one in paid if one.tender == "qr"),
            sum(one.amount_minor for one in paid if one.late),
        )

    # --- rules -----------------------------------------------------------------------------

    def check_sale(self, performance: int, count: int) -> None:
        if self.now >= NOW + timedelta(minutes=SOLD_UNTIL_MIN[performance]):
            raise No("performance_not_on_sale")
        if count > PLACES_MAX:
            raise No("too_many_places")

    def check_room(
        self,
        performance: int,
        count: int,
        named: list[int],
        wheelchair: bool,
        own: ModelOrder | None = None,
    ) -> None:
        """Whether there is room for this, for a new order or instead of what `own` has."""
        if count > self.left(performance, own):
            raise No("sold_out")
        if performance == SLOT:
            return
        if named:
            if self.taken(own) & set(named):
                raise No("seat_taken")
            return
        free = set(range(1, SEATS + 1)) - self.taken(own)
        for_all = free - {WHEELCHAIR_SEAT, COMPANION_SEAT}
        if wheelchair and (WHEELCHAIR_SEAT not in free or len(free) < count):
            raise No("sold_out")
        if not wheelchair and len(for_all) < count:
            raise No("sold_out")

    def price_minor(self, performance: int, count: int, seats: list[int]) -> int:
        if performance == SLOT:
            return count * ADULT_OPEN
        return sum(ADULT_T1 if seat in DEAR_SEATS else ADULT_T2 for seat in seats)

    def check_verb(self, order: ModelOrder) -> None:
        if order.state == "expired" or (order.state == "held" and order.expires_at <= self.now):
            raise No("hold_expired")
        if order.state != "held":
            raise No("wrong_state")

    @staticmethod
    def check_code(order: ModelOrder) -> None:
        payment = order.open_payment
        if payment is not None and payment.has_code:
            raise No("payment_unknown")

    @staticmethod
    def void_code(order: ModelOrder) -> None:
        if order.open_payment is not None:
            order.open_payment.state = "cancelled"

    # --- verbs -----------------------------------------------------------------------------

    def place(self, id_: int, performance: int, count: int, seats: list[int]) -> None:
        self.orders[id_] = ModelOrder(
            id_,
            performance,
            count,
            seats,
            self.price_minor(performance, count, seats),
            self.now + timedelta(seconds=HOLD_S),
        )

    def change(self, order: ModelOrder, count: int, seats: list[int]) -> None:
        self.void_code(order)
        order.count, order.seats = count, seats
        order.total_minor = self.price_minor(order.performance, count, seats)

    def release(self, order: ModelOrder) -> None:
        if order.state in ("released", "expired"):
            return
        if order.state == "paid":
            raise No("wrong_state")
        self.check_code(order)
        self.void_code(order)
        order.state = "released"

    def pay_cash(self, order: ModelOrder, received_minor: int) -> None:
        self.check_verb(order)
        self.check_code(order)
        if received_minor < order.total_minor:
            raise No("payment_short")
        self.void_code(order)
        order.payments.append(ModelPayment(0, order.total_minor, "paid", "cash"))
        order.state = "paid"

    def settle(self, order: ModelOrder, payment: ModelPayment, word: str) -> None:
        if payment.state == "paid" or not (payment.is_open or word == "paid"):
            return
        payment.state = word
        if word == "paid":
            if order.state == "held" and order.total_minor == payment.amount_minor:
                order.state = "paid"
            else:
                payment.late = True

    def expire(self) -> int:
        gone = [
            one
            for one in self.orders.values()
            if one.state == "held" and one.expires_at <= self.now and one.open_payment is None
        ]
        for order in gone:
            order.state = "expired"
        return len(gone)
