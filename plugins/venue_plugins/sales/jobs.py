"""What the server does for sales by itself: expire holds, follow open payments."""

from __future__ import annotations

import logging

from venue_plugins.sales.services import expiry, payments
from venue_suite.context import Context
from venue_suite.domain.errors import DeviceUnavailable
from venue_suite.hookspecs import Job
from venue_suite.ports import PaymentState

logger = logging.getLogger(__name__)

PROVIDER_KIND = "qr_payments"
PROVIDER_TIMEOUT_S = 4.0


class NoProvider(DeviceUnavailable):
    """The venue has no provider for payments by code."""

    code = "no_qr_provider"
    default_template = "Payment by code is not set up at this venue."


def provider_of(context: Context) -> str:
    """The name of the payment provider's device. Raises NoProvider."""
    name = context.devices.first(PROVIDER_KIND)
    if name is None:
        raise NoProvider
    return name


async def make_code(context: Context, payment: int) -> None:
    """Ask the provider for the code of a payment that has none, and write it down.

    A late or lost answer leaves the payment UNKNOWN; asking again is safe, since the provider
    gives one reference one code.
    """
    found = await context.database.read(payments.read_payment, payment)
    if found.qr_text:
        return
    try:
        text = await context.devices.call(
            provider_of(context),
            "create",
            found.reference,
            found.amount_minor,
            found.currency,
            PROVIDER_TIMEOUT_S,
            timeout_s=PROVIDER_TIMEOUT_S + 1,
        )
    except DeviceUnavailable:
        await context.database.write(payments.settle, payment, PaymentState.UNKNOWN.value)
        raise
    await context.database.write(payments.note_code, payment, str(text))


async def cancel_code(context: Context, found: payments.OpenPayment) -> None:
    """Void an open payment at the provider; the payer may have been faster."""
    await _ask(context, found, "cancel")


async def _ask(context: Context, found: payments.OpenPayment, verb: str) -> None:
    """Ask the provider and write its word down. No answer makes the payment UNKNOWN, no more."""
    try:
        answer = await context.devices.call(
            provider_of(context),
            verb,
            found.reference,
            PROVIDER_TIMEOUT_S,
            timeout_s=PROVIDER_TIMEOUT_S + 1,
        )
        state = PaymentState(answer)
    except DeviceUnavailable as error:
        logger.warning("payment %s is unknown: %s", found.payment, error)
        state = PaymentState.UNKNOWN
    await context.database.write(payments.settle, found.payment, state.value)


async def follow_payments(context: Context) -> None:
    """Ask about every open payment; cancel those whose hold is over."""
    for found in await context.database.read(payments.list_open):
        now_ms = context.database.seams.time_s() * 1000
        over = found.order_expires_ms is not None and found.order_expires_ms <= now_ms
        gone = found.order_state != "held"
        await _ask(context, found, "cancel" if over or gone else "query")


async def expire_holds(context: Context) -> None:
    """Let go of orders whose time is over, until none is due."""
    while await context.database.write(expiry.expire_orders) == expiry.BATCH:
        pass


JOBS = (
    Job("expire_holds", 1.0, expire_holds),
    Job("follow_payments", 0.5, follow_payments),
)
