"""Payments by code that are not final: what the provider is asked, and which may simply be void.

A code that nobody saw can't be paid, so such a payment is void as soon as it is in the way. A code
that was shown is money until the provider says that it is none.
"""

from __future__ import annotations

from typing import NamedTuple

from venue_plugins.sales.domain.errors import PaymentUnknown
from venue_plugins.sales.domain.orders import HELD
from venue_plugins.sales.services.order_rows import tell
from venue_plugins.sales.tables import OrderRow, PaymentRow
from venue_suite.database import Statement, View, Work, param

ASKED = "asked"  # written down; the provider has not given its code yet
WAITING = "waiting"
PAID = "paid"
CANCELLED = "cancelled"
UNKNOWN = "unknown"
# What still may become money: such a payment is asked about until it is final.
OPEN_STATES = (ASKED, WAITING, UNKNOWN)

MISSES_ALLOWED = 1  # one answer that got lost is no reason to alarm a visitor
PAUSE_MS = 1000  # after the first miss; each further one doubles it
PAUSE_MS_MAX = 60_000

_FIND = Statement(
    lambda: (
        PaymentRow.select(
            PaymentRow.id,
            PaymentRow.order,
            PaymentRow.reference,
            PaymentRow.tender,
            PaymentRow.state,
            PaymentRow.amount_minor,
            PaymentRow.qr_text,
            PaymentRow.misses,
            OrderRow.currency,
            OrderRow.state,
            OrderRow.expires_at,
        )
        .join(OrderRow)
        .where(PaymentRow.id == param("id"))
    )
)
_OPEN_OF = Statement(
    lambda: PaymentRow.select(PaymentRow.id).where(
        (PaymentRow.order == param("order")) & PaymentRow.state.in_(OPEN_STATES)
    )
)
_DUE = Statement(
    lambda: (
        PaymentRow.select(PaymentRow.id)
        .where(PaymentRow.state.in_(OPEN_STATES) & (PaymentRow.ask_at <= param("now")))
        .order_by(PaymentRow.misses, PaymentRow.ask_at, PaymentRow.id)
    )
)
_NOTE_CODE = Statement(
    lambda: PaymentRow.update(
        state=WAITING, qr_text=param("qr_text"), misses=0, ask_at=param("now")
    ).where(
        (PaymentRow.id == param("id"))
        & (PaymentRow.qr_text == "")
        & PaymentRow.state.in_(OPEN_STATES)
    )
)
_NOTE_MISS = Statement(
    lambda: PaymentRow.update(
        state=param("state"), misses=param("misses"), ask_at=param("ask_at")
    ).where(PaymentRow.id == param("id"))
)
_VOID_UNSEEN = Statement(
    lambda: PaymentRow.update(state=CANCELLED, settled_at=param("now")).where(
        (PaymentRow.id == param("id"))
        & (PaymentRow.qr_text == "")
        & PaymentRow.state.in_(OPEN_STATES)
    )
)


class CodePayment(NamedTuple):
    """A payment as whoever asks the provider needs it. `misses`: answers that did not come."""

    payment: int
    order: int
    reference: str
    tender: str
    state: str
    amount_minor: int
    qr_text: str
    misses: int
    currency: str
    order_state: str
    order_expires_ms: int | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def next_question(self, now_ms: int) -> str:
        """What to ask the provider now: `query`, `cancel`, or nothing.

        Once the hold is over the code is taken back. One that nobody has seen is left alone till
        then: whoever wanted it is about to ask for it again.
        """
        over = self.order_expires_ms is not None and self.order_expires_ms <= now_ms
        if over or self.order_state != HELD:
            return "cancel"
        return "query" if self.qr_text else ""


def read_payment(view: View, payment: int) -> CodePayment:
    """One payment that exists, of whatever state."""
    row = view.one(_FIND, id=payment)
    assert row is not None, f"payment {payment} vanished"
    return CodePayment(*row)


def list_due(view: View) -> list[CodePayment]:
    """All payments that are not final and whose pause is over; the doubtful ones come last."""
    return [read_payment(view, row[0]) for row in view.all(_DUE, now=view.now_ms)]


def find_open(view: View, order: int) -> CodePayment | None:
    """The payment of an order that is not final; there is at most one."""
    payment = view.value(_OPEN_OF, order=order)
    return None if payment is None else read_payment(view, payment)


def close_codes(work: Work, order: int) -> None:
    """See to it that no code of this order can be paid any more.

    Raises PaymentUnknown if one was shown: only the provider can take that back.
    """
    payment = work.value(_OPEN_OF, order=order)
    if payment is not None and not void_unseen(work, payment):
        raise PaymentUnknown(payment=payment)


def void_unseen(work: Work, payment: int) -> bool:
    """Void a payment whose code was never shown to anybody; says whether it was so."""
    if work.run(_VOID_UNSEEN, id=payment, now=work.now_ms) == 0:
        return False
    tell_payment(work, read_payment(work, payment).order, CANCELLED)
    return True


def note_code(work: Work, payment: int, qr_text: str) -> bool:
    """The provider made a code: it can be shown. False if it came too late for that."""
    if work.run(_NOTE_CODE, id=payment, qr_text=qr_text, now=work.now_ms) == 0:
        return False
    tell_payment(work, read_payment(work, payment).order, WAITING)
    return True


def note_miss(work: Work, payment: int, allowed: int = 0) -> None:
    """The provider gave no answer: ask again later, and later each time.

    Args:
        allowed: how many answers in a row may be missing before the payment is UNKNOWN.
    """
    found = read_payment(work, payment)
    if not found.is_open:
        return
    misses = found.misses + 1
    state = UNKNOWN if misses > allowed else found.state
    pause_ms = min(PAUSE_MS_MAX, PAUSE_MS << min(misses - 1, 16))
    work.run(_NOTE_MISS, id=payment, state=state, misses=misses, ask_at=work.now_ms + pause_ms)
    if state != found.state:
        tell_payment(work, found.order, state)


def tell_payment(work: Work, order: int, state: str) -> None:
    """Tell everybody how the payment of an order stands."""
    kind = "sales.payment_waiting" if state == WAITING else "sales.payment_changed"
    tell(work, kind, order, state)
