"""Payments: money is written down before it is asked for, and final only on the provider's word."""

from __future__ import annotations

from typing import NamedTuple

from venue_plugins.sales import wire
from venue_plugins.sales.domain.errors import PaymentShort, PaymentUnknown
from venue_plugins.sales.services import issuing
from venue_plugins.sales.services.orders import OrderState, check_verb, read_state
from venue_plugins.sales.services.reading import read_order
from venue_plugins.sales.tables import OrderRow, PaymentRow
from venue_suite.database import Statement, View, Work, param
from venue_suite.domain.errors import Refused
from venue_suite.domain.money import Currency
from venue_suite.ledger import Leg, post
from venue_suite.settings import current_business_day

# What still may become money: such a payment is asked about until it is final.
OPEN_STATES = ("asked", "waiting", "unknown")
FINAL_STATES = ("paid", "declined", "cancelled")
TENDER_NAMES = {
    "cash": {"zh": "现金", "en": "Cash"},
    "qr": {"zh": "扫码支付", "en": "QR payment"},
}

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
    ).returning(PaymentRow.id)
)
_PAID = Statement(
    lambda: PaymentRow.select(PaymentRow.amount_minor).where(
        (PaymentRow.order == param("order")) & (PaymentRow.state == "paid")
    )
)
_OPEN_OF = Statement(
    lambda: PaymentRow.select(PaymentRow.id).where(
        (PaymentRow.order == param("order")) & PaymentRow.state.in_(OPEN_STATES)
    )
)
_NOTE_CODE = Statement(
    lambda: PaymentRow.update(state="waiting", qr_text=param("qr_text")).where(
        (PaymentRow.id == param("id")) & (PaymentRow.state.in_(("asked", "unknown")))
    )
)
_SETTLE = Statement(
    lambda: PaymentRow.update(state=param("state"), settled_at=param("settled_at")).where(
        (PaymentRow.id == param("id")) & PaymentRow.state.in_(OPEN_STATES)
    )
)
_FIND = Statement(
    lambda: PaymentRow.select(
        PaymentRow.id,
        PaymentRow.order,
        PaymentRow.reference,
        PaymentRow.tender,
        PaymentRow.state,
        PaymentRow.amount_minor,
        PaymentRow.qr_text,
        OrderRow.currency,
        OrderRow.state,
        OrderRow.expires_at,
    )
    .join(OrderRow)
    .where(PaymentRow.id == param("id"))
)
_ALL_OPEN = Statement(
    lambda: PaymentRow.select(PaymentRow.id)
    .where(PaymentRow.state.in_(OPEN_STATES))
    .order_by(PaymentRow.id)
)


class OpenPayment(NamedTuple):
    """A payment as whoever asks the provider needs it."""

    payment: int
    order: int
    reference: str
    tender: str
    state: str
    amount_minor: int
    qr_text: str
    currency: str
    order_state: str
    order_expires_ms: int | None


def pay_cash(work: Work, order: int, paid: wire.PayCash) -> wire.Order:
    """Take cash for all that is due, give change, issue the tickets.

    Raises:
        PaymentShort: less than the due amount was handed over.
        PaymentUnknown: a code payment of this order is still open; it must be cancelled first.
        HoldExpired, WrongState, NotFound.
    """
    state = read_state(work, order)
    check_verb(work, state, "pay")
    _check_none_open(work, order)
    due_minor = _due(work, order, state)
    if paid.received_minor < due_minor:
        currency = Currency(state.currency)
        raise PaymentShort(
            received=currency.format(paid.received_minor), due=currency.format(due_minor)
        )
    work.insert(
        _INSERT,
        order=order,
        reference=f"{state.number}-{work.operation_id or work.seams.make_id()}",
        tender="cash",
        state="paid",
        amount_minor=due_minor,
        received_minor=paid.received_minor,
        change_minor=paid.received_minor - due_minor,
        at=work.now_ms,
        settled_at=work.now_ms,
    )
    _post_payment(work, order, "cash", due_minor, state.currency)
    issuing.complete_order(work, order, state)
    return read_order(work, order)


def begin_qr(work: Work, order: int) -> int:
    """Write down that a code will be asked for; returns the payment, an open one if there is one.

    Raises HoldExpired, WrongState, NotFound; Refused if nothing is due.
    """
    state = read_state(work, order)
    check_verb(work, state, "ask_payment")
    open_now = work.value(_OPEN_OF, order=order)
    if open_now is not None:
        return int(open_now)
    due_minor = _due(work, order, state)
    if due_minor <= 0:
        raise Refused(reason="nothing is due")
    payment = work.insert(
        _INSERT,
        order=order,
        reference=f"{state.number}-{work.seams.make_id()}",
        tender="qr",
        state="asked",
        amount_minor=due_minor,
        received_minor=0,
        change_minor=0,
        at=work.now_ms,
        settled_at=None,
    )
    _tell(work, order, "waiting")
    return payment


def note_code(work: Work, payment: int, qr_text: str) -> None:
    """The provider made a code: it can be shown."""
    if work.run(_NOTE_CODE, id=payment, qr_text=qr_text):
        _tell(work, read_payment(work, payment).order, "waiting")


def settle(work: Work, payment: int, state: str) -> None:
    """Write the provider's word down. A final state is written once; later words change nothing."""
    found = read_payment(work, payment)
    if found.state not in OPEN_STATES or found.state == state:
        return
    final = state in FINAL_STATES
    work.run(_SETTLE, id=payment, state=state, settled_at=work.now_ms if final else None)
    if state == "paid":
        _take(work, found)
    else:
        _tell(work, found.order, state)


def read_payment(view: View, payment: int) -> OpenPayment:
    """One payment, of whatever state."""
    row = view.one(_FIND, id=payment)
    assert row is not None, f"payment {payment} vanished"
    return OpenPayment(*row)


def list_open(view: View) -> list[OpenPayment]:
    """All payments that are not final."""
    return [read_payment(view, row[0]) for row in view.all(_ALL_OPEN)]


def find_open(view: View, order: int) -> OpenPayment | None:
    """The open payment of an order."""
    payment = view.value(_OPEN_OF, order=order)
    return None if payment is None else read_payment(view, payment)


def _take(work: Work, found: OpenPayment) -> None:
    """Money came. If its order still holds its places it is sold; if not, the money is owed back."""
    state = read_state(work, found.order)
    if state.state == "held":
        _post_payment(work, found.order, found.tender, found.amount_minor, found.currency)
        issuing.complete_order(work, found.order, state)
        return
    post(
        work,
        "late_payment",
        business_day=current_business_day(work),
        currency=found.currency,
        reference=f"order/{found.order}",
        legs=[
            Leg(f"tender/{found.tender}", found.amount_minor, 1, TENDER_NAMES[found.tender]),
            Leg("deposit/late_payments", -found.amount_minor, 1),
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


def _post_payment(
    work: Work, order: int, tender: str, amount_minor: int, currency: str
) -> None:
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


def _due(work: Work, order: int, state: OrderState) -> int:
    paid_minor = sum(int(row[0]) for row in work.all(_PAID, order=order))
    return state.total_minor - paid_minor


def _check_none_open(work: Work, order: int) -> None:
    payment = work.value(_OPEN_OF, order=order)
    if payment is not None:
        raise PaymentUnknown(payment=payment)


def _tell(work: Work, order: int, state: str) -> None:
    found = read_state(work, order)
    work.record(
        "sales.payment_waiting" if state == "waiting" else "sales.payment_changed",
        f"order/{order}",
        order=order,
        number=found.number,
        state=state,
        station=found.station,
    )
