"""The books of a simulated payment provider. Pure: time and tokens are passed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from venue_suite.ports import PaymentState

PAYMENTS_MAX = 10_000  # the oldest are forgotten


class ReferenceReused(Exception):
    """The reference came before with another amount, or was cancelled before it was created."""


@dataclass(slots=True)
class Payment:
    """One payment.

    Attributes:
        token: the secret part of its page's address.
        created_s: when, in seconds of any clock.
    """

    reference: str
    amount_minor: int
    currency: str
    token: str
    created_s: float
    state: PaymentState = PaymentState.WAITING


class PaymentBook:
    """All payments. `make_token` gives a new unguessable text."""

    def __init__(self, make_token: Callable[[], str]) -> None:
        self._make_token = make_token
        self._by_reference: dict[str, Payment] = {}
        self._by_token: dict[str, Payment] = {}

    def create(self, reference: str, amount_minor: int, currency: str, now_s: float) -> Payment:
        """The payment of a reference; the same reference gives the same payment.

        Raises:
            ReferenceReused: it came before with other values.
        """
        found = self._by_reference.get(reference)
        if found is None:
            return self._add(Payment(reference, amount_minor, currency, self._make_token(), now_s))
        if (found.amount_minor, found.currency) != (amount_minor, currency):
            raise ReferenceReused
        return found

    def find(self, reference: str) -> Payment | None:
        return self._by_reference.get(reference)

    def find_by_token(self, token: str) -> Payment | None:
        return self._by_token.get(token)

    def cancel(self, reference: str, now_s: float) -> Payment:
        """Void it, if the payer was not faster. A reference that never came is void from now on:
        its creation may still be under way."""
        found = self._by_reference.get(reference)
        if found is None:
            found = self._add(Payment(reference, 0, "", self._make_token(), now_s))
        return self._settle(found, PaymentState.CANCELLED)

    def pay(self, payment: Payment, *, accepts: bool) -> Payment:
        """The payer agreed; the bank accepts or declines. Nothing changes what is final."""
        return self._settle(payment, PaymentState.PAID if accepts else PaymentState.DECLINED)

    def waiting(self) -> list[Payment]:
        """What nobody has decided yet."""
        return [one for one in self._by_reference.values() if one.state is PaymentState.WAITING]

    def _settle(self, payment: Payment, state: PaymentState) -> Payment:
        if payment.state is PaymentState.WAITING:
            payment.state = state
        return payment

    def _add(self, payment: Payment) -> Payment:
        self._by_reference[payment.reference] = payment
        self._by_token[payment.token] = payment
        while len(self._by_reference) > PAYMENTS_MAX:
            oldest = self._by_reference.pop(next(iter(self._by_reference)))
            self._by_token.pop(oldest.token, None)
        return payment
