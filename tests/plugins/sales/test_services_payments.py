"""Cash and codes: money comes once, and never for nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from venue_plugins.reports.services import read_day
from venue_plugins.sales import wire
from venue_plugins.sales.domain.errors import (
    HoldExpired,
    PaymentShort,
    PaymentUnknown,
    WrongState,
)
from venue_plugins.sales.services import expiry, open_codes, orders, payments, reading

from tests.plugins.sales.house import (
    ADULT,
    ADULT_T2,
    CASHIER,
    CHILD,
    GUEST,
    HOLD_S,
    SLOT,
    House,
    want,
)
from venue_suite.database import View
from venue_suite.ledger import AccountRow, PostingRow, TransactionRow


async def books(house: House, order: wire.Order) -> dict[tuple[str, str], int]:
    """(kind of transaction, account) -> amount, of one order; zeros are left out."""

    def read(view: View) -> dict[tuple[str, str], int]:
        rows = (
            PostingRow.select(TransactionRow.kind, AccountRow.code, PostingRow.amount_minor)
            .join(TransactionRow)
            .switch(PostingRow)
            .join(AccountRow)
            .where(TransactionRow.reference == f"order/{order.id}")
            .tuples()
        )
        return {(kind, code): amount for kind, code, amount in rows if amount}

    found: dict[tuple[str, str], int] = await house.read(read)
    return found


async def look(house: House, order: wire.Order) -> wire.Order:
    seen: wire.Order = await house.read(reading.read_order, order.id)
    return seen


async def cash(house: House, order: wire.Order, received_minor: int, **more: Any) -> Any:
    paid = wire.PayCash(received_minor=received_minor)
    return await house.commit(payments.pay_cash, order.id, paid, actor=CASHIER, **more)


async def begin(house: House, order: wire.Order) -> int:
    payment: int = await house.commit(payments.begin_qr, order.id)
    return payment


async def show_code(house: House, order: wire.Order) -> int:
    """A payment whose code the visitor has seen."""
    payment = await begin(house, order)
    assert await house.commit(open_codes.note_code, payment, "https://pay.invalid/1")
    return payment


# --- cash ---------------------------------------------------------------------------------------


async def test_cash_gives_change_issues_tickets_and_enters_the_books(house: House) -> None:
    order = await house.place(want(ADULT, 2), want(CHILD), actor=CASHIER)
    house.clock.turn(minutes=1)
    paid = await cash(house, order, 20000)
    assert (paid.state, paid.expires_at, paid.paid_at) == ("paid", None, house.clock.now)
    assert paid.paid_minor == paid.total_minor == 15000
    (payment,) = paid.payments
    assert (payment.tender, payment.state, payment.amount_minor) == ("cash", "paid", 15000)
    assert (payment.received_minor, payment.change_minor) == (20000, 5000)
    assert [line.ticket_state for line in paid.lines] == ["valid"] * 3
    assert len({line.ticket_number for line in paid.lines}) == 3
    assert {line.print_state for line in paid.lines} == {"waiting"}
    assert paid.receipt_state == "waiting"
    tax = paid.tax_included_minor
    assert tax == 437  # 150.00 with 3 % inside
    assert await books(house, order) == {
        ("payment", "tender/cash"): 15000,
        ("payment", "receivable/orders"): -15000,
        ("sale", "receivable/orders"): 15000,
        ("sale", "revenue/ticket/adult"): -12000,
        ("sale", "revenue/ticket/child"): -3000,
        ("sale", "revenue/contained_tax"): tax,
        ("sale", "tax/output"): -tax,
    }
    assert house.told("sales.order_paid")[0].data["number"] == order.number
    assert await house.violations() == []


async def test_too_little_cash_takes_nothing(house: House) -> None:
    order = await house.place(want(ADULT))
    with pytest.raises(PaymentShort) as refused:
        await cash(house, order, ADULT_T2 - 1)
    assert refused.value.params == {"received": "¥59.99", "due": "¥60.00"}
    assert (await look(house, order)).state == "held"
    assert await books(house, order) == {}
    await cash(house, order, ADULT_T2)


async def test_second_payment_is_refused_and_the_same_one_is_answered_again(house: House) -> None:
    order = await house.place(want(ADULT))
    first = await cash(house, order, ADULT_T2, operation="op-1")
    again = await cash(house, order, ADULT_T2, operation="op-1")
    assert bytes(first) == bytes(again)
    with pytest.raises(WrongState):
        await cash(house, order, ADULT_T2, operation="op-2")
    assert len((await look(house, order)).payments) == 1
    assert await house.violations() == []


async def test_many_cashiers_for_one_order(house: House) -> None:
    order = await house.place(want(ADULT))
    outcomes = await asyncio.gather(
        *(cash(house, order, ADULT_T2, operation=f"op-{one}") for one in range(20)),
        return_exceptions=True,
    )
    assert sum(not isinstance(one, BaseException) for one in outcomes) == 1
    assert sum(isinstance(one, WrongState) for one in outcomes) == 19
    assert await house.violations() == []


@pytest.mark.parametrize("end", ["released", "expired", "over"])
async def test_cash_for_places_that_went_back_is_refused(house: House, end: str) -> None:
    order = await house.place(want(ADULT))
    if end == "released":
        await house.commit(orders.release_order, order.id)
    else:
        house.clock.turn(seconds=HOLD_S)
    if end == "expired":
        await house.expire()
    with pytest.raises(WrongState if end == "released" else HoldExpired):
        await cash(house, order, ADULT_T2)
    assert await books(house, order) == {}


async def test_paying_and_expiring_at_the_same_moment(house: House) -> None:
    """Whoever comes first wins; the other leaves nothing behind."""
    placed = [await house.place(want(ADULT)) for _ in range(10)]
    house.clock.turn(seconds=HOLD_S - 1)
    paying = [asyncio.create_task(cash(house, order, ADULT_T2)) for order in placed[:5]]
    house.clock.turn(seconds=1)
    expiring = [asyncio.create_task(house.expire()) for _ in range(3)]
    paying += [asyncio.create_task(cash(house, order, ADULT_T2)) for order in placed[5:]]
    outcomes = await asyncio.gather(*paying, return_exceptions=True)
    gone = sum(await asyncio.gather(*expiring))
    paid = [one for one in outcomes if isinstance(one, wire.Order)]
    assert len(paid) + gone == 10
    assert {(await look(house, order)).state for order in placed} <= {"paid", "expired"}
    assert await house.violations() == []


# --- codes --------------------------------------------------------------------------------------


async def test_paid_code_sells_the_order(house: House) -> None:
    order = await house.place(want(ADULT))
    payment = await show_code(house, order)
    shown = await look(house, order)
    assert (shown.state, shown.payments[0].state) == ("held", "waiting")
    assert shown.payments[0].qr_text == "https://pay.invalid/1"
    assert [fact.data["state"] for fact in house.told("sales.payment_waiting")] == ["waiting"] * 2
    await house.commit(payments.settle, payment, "paid")
    paid = await look(house, order)
    assert (paid.state, paid.paid_minor) == ("paid", ADULT_T2)
    assert (await books(house, order))["payment", "tender/qr"] == ADULT_T2
    assert await house.violations() == []


async def test_code_that_is_open_is_asked_for_once(house: House) -> None:
    order = await house.place(want(ADULT))
    payment = await begin(house, order)
    assert await begin(house, order) == payment
    assert (await look(house, order)).payments[0].state == "waiting"
    assert await house.commit(open_codes.note_code, payment, "first")
    assert not await house.commit(open_codes.note_code, payment, "second")
    assert (await look(house, order)).payments[0].qr_text == "first"


async def test_after_a_declined_code_there_may_be_another(house: House) -> None:
    order = await house.place(want(ADULT))
    first = await show_code(house, order)
    await house.commit(payments.settle, first, "declined")
    second = await begin(house, order)
    assert second != first
    await house.commit(payments.settle, second, "paid")
    assert [one.state for one in (await look(house, order)).payments] == ["declined", "paid"]
    assert await house.violations() == []


async def test_shown_code_stands_in_the_way_of_everything_else(house: House) -> None:
    order = await house.place(want(ADULT))
    payment = await show_code(house, order)
    for attempt in (
        cash(house, order, ADULT_T2),
        house.change(order, want(ADULT, 2)),
        house.commit(orders.release_order, order.id),
    ):
        with pytest.raises(PaymentUnknown) as refused:
            await attempt
        assert refused.value.params == {"payment": payment}
    await house.commit(payments.settle, payment, "cancelled")
    changed = await house.change(order, want(ADULT, 2))
    assert (await cash(house, changed, 2 * ADULT_T2)).state == "paid"
    assert await house.violations() == []


@pytest.mark.parametrize("state", ["asked", "unknown"])
async def test_code_that_nobody_saw_is_void_when_it_is_in_the_way(house: House, state: str) -> None:
    """The provider gave no code, so nobody can have paid it: cash is taken at once."""
    order = await house.place(want(ADULT))
    payment = await begin(house, order)
    if state == "unknown":
        await house.commit(payments.settle, payment, "unknown")
    paid = await cash(house, order, ADULT_T2)
    assert [one.state for one in paid.payments] == ["cancelled", "paid"]
    # Its code comes after all: it is not shown.
    assert not await house.commit(open_codes.note_code, payment, "late")
    assert await house.violations() == []


async def test_first_final_word_stands(house: House) -> None:
    order = await house.place(want(ADULT))
    payment = await show_code(house, order)
    await house.commit(payments.settle, payment, "declined")
    facts = len(house.facts)
    for word in ("waiting", "cancelled", "unknown", "declined"):
        await house.commit(payments.settle, payment, word)
    assert (await look(house, order)).payments[0].state == "declined"
    assert len(house.facts) == facts


async def test_paid_is_heard_twice_and_counts_once(house: House) -> None:
    order = await house.place(want(ADULT))
    payment = await show_code(house, order)
    words = ("paid", "paid", "cancelled", "unknown")
    await asyncio.gather(*(house.commit(payments.settle, payment, word) for word in words))
    assert (await look(house, order)).paid_minor == ADULT_T2
    assert (await books(house, order))["payment", "tender/qr"] == ADULT_T2
    assert await house.violations() == []


async def test_unknown_becomes_waiting_again(house: House) -> None:
    order = await house.place(want(ADULT))
    payment = await show_code(house, order)
    await house.commit(payments.settle, payment, "unknown")
    assert (await look(house, order)).payments[0].state == "unknown"
    await house.commit(payments.settle, payment, "waiting")
    assert (await look(house, order)).payments[0].state == "waiting"
    assert [fact.data["state"] for fact in house.told("sales.payment_changed")] == ["unknown"]


@pytest.mark.parametrize("state", ["asked", "waiting", "unknown"])
async def test_open_payment_keeps_the_places_of_its_order(house: House, state: str) -> None:
    order = await house.place(want(ADULT))
    payment = await (begin if state == "asked" else show_code)(house, order)
    if state == "unknown":
        await house.commit(payments.settle, payment, "unknown")
    house.clock.turn(hours=1)
    assert await house.read(expiry.list_due_orders) == []
    assert await house.expire() == 0
    await house.commit(payments.settle, payment, "paid")
    assert (await look(house, order)).state == "paid"
    assert await house.violations() == []


async def test_hold_ends_once_its_code_was_taken_back(house: House) -> None:
    order = await house.place(want(ADULT))
    payment = await show_code(house, order)
    house.clock.turn(seconds=HOLD_S)
    await house.commit(payments.settle, payment, "cancelled")
    assert await house.expire() == 1
    assert (await look(house, order)).state == "expired"


@pytest.mark.parametrize("end", ["released", "expired"])
async def test_money_that_comes_too_late_is_owed_back(house: House, end: str) -> None:
    """The provider said that the code was void, and later that it was paid."""
    order = await house.place(want(ADULT))
    payment = await show_code(house, order)
    await house.commit(payments.settle, payment, "cancelled")
    if end == "released":
        await house.commit(orders.release_order, order.id)
    else:
        house.clock.turn(seconds=HOLD_S)
        await house.expire()
    await house.commit(payments.settle, payment, "paid")
    late = await look(house, order)
    assert (late.state, late.paid_minor) == (end, 0)
    assert [(one.state, one.late) for one in late.payments] == [("paid", True)]
    assert await books(house, order) == {
        ("late_payment", "tender/qr"): ADULT_T2,
        ("late_payment", "deposit/late_payments"): -ADULT_T2,
    }
    (told,) = house.told("sales.payment_late")
    assert told.data["amount_minor"] == ADULT_T2
    assert told.data["state"] == end
    report = await house.read(read_day, "")
    assert report.agrees
    assert await house.violations() == []


async def test_money_for_an_order_that_is_paid_already_is_owed_back(house: House) -> None:
    order = await house.place(want(ADULT))
    payment = await show_code(house, order)
    await house.commit(payments.settle, payment, "cancelled")
    await cash(house, order, ADULT_T2)
    await house.commit(payments.settle, payment, "paid")
    twice = await look(house, order)
    assert (twice.state, twice.paid_minor) == ("paid", ADULT_T2)
    assert [one.late for one in twice.payments] == [True, False]
    assert len(house.told("sales.payment_late")) == 1
    assert (await books(house, order))["late_payment", "deposit/late_payments"] == -ADULT_T2
    assert await house.violations() == []


async def test_money_of_a_taken_back_code_still_sells_what_is_held(house: House) -> None:
    order = await house.place(want(ADULT))
    payment = await show_code(house, order)
    await house.commit(payments.settle, payment, "cancelled")
    await house.commit(payments.settle, payment, "paid")
    assert (await look(house, order)).state == "paid"
    assert await house.violations() == []


async def test_money_for_what_was_held_before_it_was_changed_does_not_sell(house: House) -> None:
    order = await house.place(want(ADULT))
    payment = await show_code(house, order)
    await house.commit(payments.settle, payment, "cancelled")
    changed = await house.change(order, want(ADULT, 2))
    await house.commit(payments.settle, payment, "paid")
    assert (await look(house, order)).state == "held"
    assert len(house.told("sales.payment_late")) == 1
    with pytest.raises(PaymentShort):  # what is owed back pays for nothing
        await cash(house, order, changed.total_minor - ADULT_T2)
    assert (await cash(house, order, changed.total_minor)).state == "paid"
    assert await house.violations() == []


# --- nothing to pay -----------------------------------------------------------------------------


@pytest.mark.parametrize("tender", ["cash", "qr"])
async def test_free_order_is_sold_without_money(house: House, tender: str) -> None:
    order = await house.place(want(GUEST, 2), performance=SLOT)
    assert order.total_minor == 0
    if tender == "cash":
        await cash(house, order, 0)
    else:
        assert await begin(house, order) == 0
    paid = await look(house, order)
    assert (paid.state, paid.paid_minor) == ("paid", 0)
    assert len(paid.payments) == (tender == "cash")
    assert [line.ticket_state for line in paid.lines] == ["valid"] * 2
    report = await house.read(read_day, "")
    assert (report.agrees, report.tickets) == (True, 2)
    assert await house.violations() == []


async def test_free_order_can_be_begun_twice_with_one_operation(house: House) -> None:
    order = await house.place(want(GUEST), performance=SLOT)
    first = await house.commit(payments.begin_qr, order.id, operation="op-1")
    again = await house.commit(payments.begin_qr, order.id, operation="op-1")
    assert msgspec.json.decode(first) == msgspec.json.decode(again) == 0
