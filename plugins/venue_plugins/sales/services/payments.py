"""Payments: money is written down before it is asked for, and final only on the provider's word."""

from __future__ import annotations

from venue_plugins.sales import wire
from venue_plugins.sales.domain.errors import PaymentShort
from venue_plugins.sales.domain.orders import HELD
from venue_plugins.sales.services import issuing
from venue_plugins.sales.services.open_codes import (
    ASKED,
    CANCELLED,
    PAID,
    UNKNOWN,
    WAITING,
    CodePayment,
    close_codes,
    find_open,
    note_miss,
    read_payment,
    tell_payment,
)
from venue_plugins.sales.services.order_rows import read_state
from venue_plugins.sales.services.orders import check_verb
from venue_plugins.sales.services.reading import read_order
from venue_plugins.sales.tables import PaymentRow
from venue_suite.database import Statement, Work, param
from venue_suite.domain.money import Currency
from venue_suite.ledger import Leg, post
from venue_suite.settings import current_business_day

FINAL_STATES = (PAID, "declined", CANCELLED)
CASH = "cash"
TENDER_NAMES = {
    CASH: {"zh": "现金", "en": "Cash"},
    "qr": {"zh": "扫码支付", "en": "QR payment"},
}
LATE_NAME = {"zh": "迟到的付款", "en": "Late payments"}

_INSERT = Statement(
    lambda: PaymentRow.insert(
        order=param("order"),
        reference=param("reference"),
        tender=param("tender"),
        state=param("state"),
        amount_minor=param("amount_minor"),
        received_minor=param("received_minor"),
        change_minor=param("change_minor"),
        qr_text="",
        at=param("at"),
        settled_at=param("settled_at"),
        misses=0,
        ask_at=param("at"),
        late=False,
    ).returning(PaymentRow.id)
)
_SETTLE = Statement(
    lambda: PaymentRow.update(
        state=param("state"), settled_at=param("settled_at"), misses=0, ask_at=param("now")
    ).where((PaymentRow.id == param("id")) & (PaymentRow.state != PAID))
)
_MARK_LATE = Statement(lambda: PaymentRow.update(late=True).where(PaymentRow.id == param("id")))


def pay_cash(work: Work, order: int, paid: wire.PayCash) -> wire.Order:
    """Take cash for all that is due, give change, issue the tickets.

    Raises:
        PaymentShort: less than the due amount was handed over.
        PaymentUnknown: a code of this order is shown; it must be cancelled first.
        HoldExpired, WrongState, NotFound.
    """
    state = read_state(work, order)
    check_verb(work, state, "pay")
    close_codes(work, order)
    due_minor = state.total_minor
    if paid.received_minor < due_minor:
        currency = Currency(state.currency)
        raise PaymentShort(
            received=currency.format(paid.received_minor), due=currency.format(due_minor)
        )
    work.insert(
        _INSERT,
        order=order,
        reference=f"{state.number}-{work.operation_id or work.seams.make_id()}",
        tender=CASH,
        state=PAID,
        amount_minor=due_minor,
        received_minor=paid.received_minor,
        change_minor=paid.received_minor - due_minor,
        at=work.now_ms,
        settled_at=work.now_ms,
    )
    _post_payment(work, order, CASH, due_minor, state.currency)
    issuing.complete_order(work, order, state)
    return read_order(work, order)


def begin_qr(work: Work, order: int) -> int:
    """Write down that a code will be asked for.

    Returns:
        The payment, the open one if there is one; 0 if nothing was due: the order is paid then.

    Raises HoldExpired, WrongState, NotFound.
    """
    state = read_state(work, order)
    check_verb(work, state, "ask_payment")
    open_now = find_open(work, order)
    if open_now is not None:
        return open_now.payment
    if state.total_minor == 0:
        issuing.complete_order(work, order, state)
        return 0
    payment = work.insert(
        _INSERT,
        order=order,
        reference=f"{state.number}-{work.seams.make_id()}",
        tender="qr",
        state=ASKED,
        amount_minor=state.total_minor,
        received_minor=0,
        change_minor=0,
        at=work.now_ms,
        settled_at=None,
    )
    tell_payment(work, order, WAITING)
    return payment


def settle(work: Work, payment: int, state: str) -> None:
    """Write the provider's word down.

    The first final word stands, with one exception: that money came is believed at any time.
    """
    found = read_payment(work, payment)
    if state == UNKNOWN:
        note_miss(work, payment)
        return
    if found.state == PAID or not (found.is_open or state == PAID):
        return
    settled_at = work.now_ms if state in FINAL_STATES else None
    work.run(_SETTLE, id=payment, state=state, settled_at=settled_at, now=work.now_ms)
    if state == PAID:
        _take(work, found)
    elif state != found.state:
        tell_payment(work, found.order, state)


def _take(work: Work, found: CodePayment) -> None:
    """Money came. An order that still holds its places is sold; else the money is owed back."""
    state = read_state(work, found.order)
    if state.state == HELD and state.total_minor == found.amount_minor:
        _post_payment(work, found.order, found.tender, found.amount_minor, found.currency)
        issuing.complete_order(work, found.order, state)
        return
    work.run(_MARK_LATE, id=found.payment)
    post(
        work,
        "late_payment",
        business_day=current_business_day(work),
        currency=found.currency,
        reference=f"order/{found.order}",
        legs=[
            Leg(f"tender/{found.tender}", found.amount_minor, 1, TENDER_NAMES[found.tender]),
            Leg("deposit/late_payments", -found.amount_minor, 1, LATE_NAME),
        ],
    )
    work.record(
        "sales.payment_late",
        f"order/{found.order}",
        order=found.order,
        number=state.number,
        amount_minor=found.amount_minor,
        state=state.state,
        station=state.station,
    )


def _post_payment(work: Work, order: int, tender: str, amount_minor: int, currency: str) -> None:
    post(
        work,
        "payment",
        business_day=current_business_day(work),
        currency=currency,
        reference=f"order/{order}",
        legs=[
            Leg(f"tender/{tender}", amount_minor, 1, TENDER_NAMES[tender]),
            Leg("receivable/orders", -amount_minor),
        ],
    )
