"""What visitors, cashiers and payment providers want: orders and money."""

from __future__ import annotations

from functools import partial

import msgspec
from venue_plugins.sales import wire
from venue_plugins.sales.services import expiry, open_codes, orders, payments, selling

from tests.faults.day_steps import Step, check_seats, compare
from tests.faults.day_wisher import SELLERS, Wish, Wisher
from tests.plugins.sales.house import ADULT, CASHIER, KIOSK, SEATS, SLOT, TONIGHT, want
from tests.plugins.sales.house_model import ModelOrder, ModelPayment, No

PROVIDER_WORDS = ("waiting", "paid", "declined", "cancelled", "unknown")
ENOUGH_MINOR = 100_000


class BuyingWishes(Wisher):
    """Orders from their beginning to their end, and how they are paid."""

    @property
    def weights(self) -> dict[Wish, int]:
        """How often each comes."""
        return {
            self._place: 6,
            self._sell: 2,
            self._change: 3,
            self._release: 1,
            self._pay_cash: 5,
            self._ask_for_code: 3,
            self._code_comes: 3,
            self._provider_says: 4,
            self._expire: 1,
        }

    def _seats(self, performance: int) -> tuple[int, list[int]]:
        """(count, named seats or none)."""
        count = self.chance.choice([1, 1, 2, 2, 2, 3, 4, 6, 7])
        if performance != TONIGHT or self.chance.random() < 0.6:
            return count, []
        return count, self.chance.sample(range(1, SEATS + 1), count)

    # --- orders ------------------------------------------------------------------------------

    def _place(self) -> Step:
        model = self.model
        performance = self.chance.choice((TONIGHT, SLOT))
        count, seats = self._seats(performance)
        wheelchair = self.chance.random() < 0.1

        def expect() -> None:
            model.check_sale(performance, count)
            model.check_room(performance, count, seats, wheelchair)

        def apply(reply: bytes) -> None:
            order = msgspec.json.decode(reply, type=wire.Order)
            got = [line.seat_id for line in order.lines if line.seat_id]
            check_seats(model, got, seats, wheelchair, None)
            model.place(order.id, performance, count, got)
            compare(model, order)

        asked = wire.PlaceOrder(
            performance_id=performance, wanted=[want(ADULT, count, seats)], wheelchair=wheelchair
        )
        actor = self.chance.choice(SELLERS)
        return Step("place", orders.place_order, (asked,), actor, expect, apply)

    def _sell(self) -> Step:
        """Money lies on the desk: all in one step, from the place to the ticket."""
        model = self.model
        performance = self.chance.choice((TONIGHT, SLOT))
        count, seats = self._seats(performance)
        # What seats cost that the house is to choose is not known before.
        price_minor = model.price_minor(performance, count, seats)
        is_known = bool(seats) or performance == SLOT
        more_minor = self.chance.choice((-1, 0, 0, 500)) if is_known else ENOUGH_MINOR
        received_minor = price_minor + more_minor

        def expect() -> None:
            model.check_sale(performance, count)
            if more_minor < 0 and count <= model.left(performance):
                raise No("payment_short")
            model.check_room(performance, count, seats, wheelchair=False)

        def apply(reply: bytes) -> None:
            sold = msgspec.json.decode(reply, type=wire.Sold)
            got = [ticket.seat_id for ticket in sold.tickets if ticket.seat_id]
            check_seats(model, got, seats, wheelchair=False, own=None)
            assert len(sold.tickets) == count
            model.place(sold.order_id, performance, count, got)
            order = model.orders[sold.order_id]
            model.pay_cash(order, received_minor)
            assert sold.total_minor == order.total_minor
            assert sold.change_minor == received_minor - order.total_minor

        asked = wire.SellNow(
            performance_id=performance,
            wanted=[want(ADULT, count, seats)],
            received_minor=received_minor,
        )
        signer = self.house.signer
        return Step("sell", selling.sell_now, (asked, signer), CASHIER, expect, apply)

    def _change(self) -> Step | None:
        model, order = self.model, self.pick("held")
        if order is None:
            return None
        count, seats = self._seats(order.performance)
        wheelchair = self.chance.random() < 0.1

        def expect() -> None:
            model.check_verb(order)
            model.check_code(order)
            model.check_sale(order.performance, count)
            model.check_room(order.performance, count, seats, wheelchair, order)

        def apply(reply: bytes) -> None:
            changed = msgspec.json.decode(reply, type=wire.Order)
            got = [line.seat_id for line in changed.lines if line.seat_id]
            check_seats(model, got, seats, wheelchair, order)
            model.change(order, count, got)
            compare(model, changed)

        asked = wire.ChangeOrder(wanted=[want(ADULT, count, seats)], wheelchair=wheelchair)
        return Step("change", orders.change_order, (order.id, asked), CASHIER, expect, apply)

    def _release(self) -> Step | None:
        order = self.pick("held")
        if order is None:
            return None
        # The model's own verb both refuses and does it, so it is asked once, when it is judged.
        return Step(
            "release",
            orders.release_order,
            (order.id,),
            CASHIER,
            partial(self.model.release, order),
            self.compare,
        )

    # --- money -------------------------------------------------------------------------------

    def _pay_cash(self) -> Step | None:
        order = self.pick("held")
        if order is None:
            return None
        received_minor = max(0, order.total_minor + self.chance.choice([-1, 0, 0, 0, 500, 20_000]))

        def apply(reply: bytes) -> None:
            paid = msgspec.json.decode(reply, type=wire.Order)
            assert paid.payments[-1].change_minor == received_minor - order.total_minor
            order.payments[-1].id = paid.payments[-1].id
            compare(self.model, paid)

        return Step(
            "pay_cash",
            payments.pay_cash,
            (order.id, wire.PayCash(received_minor=received_minor)),
            CASHIER,
            lambda: self.model.pay_cash(order, received_minor),
            apply,
        )

    def _ask_for_code(self) -> Step | None:
        order = self.pick("held")
        if order is None:
            return None

        def apply(reply: bytes) -> None:
            payment = msgspec.json.decode(reply, type=int)
            if order.open_payment is None:
                order.payments.append(ModelPayment(payment, order.total_minor, "asked"))
            assert order.open_payment is not None
            assert order.open_payment.id == payment

        return Step(
            "begin_qr",
            payments.begin_qr,
            (order.id,),
            KIOSK,
            lambda: self.model.check_verb(order),
            apply,
        )

    def _code(self) -> tuple[ModelOrder, ModelPayment] | None:
        codes = [
            (order, one)
            for order in self.model.orders.values()
            for one in order.payments
            if one.tender == "qr"
        ][-6:]
        return self.chance.choice(codes) if codes else None

    def _code_comes(self) -> Step | None:
        found = self._code()
        if found is None:
            return None
        _, payment = found

        def apply(reply: bytes) -> None:
            shown = payment.is_open and not payment.has_code
            assert msgspec.json.decode(reply, type=bool) == shown
            if shown:
                payment.has_code, payment.state = True, "waiting"

        return Step("code_comes", open_codes.note_code, (payment.id, "code"), apply=apply)

    def _provider_says(self) -> Step | None:
        found = self._code()
        if found is None:
            return None
        order, payment = found
        word = self.chance.choice(PROVIDER_WORDS)
        return Step(
            f"provider says {word}",
            payments.settle,
            (payment.id, word),
            apply=lambda _: self.model.settle(order, payment, word),
        )

    def _expire(self) -> Step:
        def apply(reply: bytes) -> None:
            assert msgspec.json.decode(reply, type=int) == self.model.expire()

        return Step("expire", expiry.expire_orders, (), apply=apply)
