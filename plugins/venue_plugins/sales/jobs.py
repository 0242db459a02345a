"""What the server does for sales by itself: expire holds, follow open payments."""

from __future__ import annotations

import logging

from venue_plugins.sales.services import expiry, open_codes, payments
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
    gives one reference one code. Raises DeviceUnavailable then.
    """
    found = await context.database.read(open_codes.read_payment, payment)
    if found.qr_text or not found.is_open:
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
        await context.database.write(open_codes.note_miss, payment)
        raise
    if not await context.database.write(open_codes.note_code, payment, str(text)):
        found = await context.database.read(open_codes.read_payment, payment)
        if not found.is_open:  # it was void before its code came: nobody shall pay it
            await _ask(context, found, "cancel")


async def cancel_code(context: Context, found: open_codes.CodePayment) -> None:
    """Void an open payment at the provider; the payer may have been faster.

    Without an answer the payment is UNKNOWN, or void if its code was never shown.
    """
    if not await _ask(context, found, "cancel"):
        await context.database.write(open_codes.void_unseen, found.payment)


async def follow_payments(context: Context) -> None:
    """Ask about every open payment that is due; take back the codes whose hold is over.

    One answer that does not come ends the round: the provider is away for the others as well, and
    each of them would wait for its time-out.
    """
    for found in await context.database.read(open_codes.list_due):
        verb = found.next_question(int(context.database.seams.time_s() * 1000))
        if verb and not await _ask(context, found, verb):
            if verb == "cancel":
                await context.database.write(open_codes.void_unseen, found.payment)
            return


async def expire_holds(context: Context) -> None:
    """Let go of orders whose time is over, until none is due."""
    while await context.database.read(expiry.list_due_orders):
        if await context.database.write(expiry.expire_orders) == 0:
            return


async def _ask(context: Context, found: open_codes.CodePayment, verb: str) -> bool:
    """Ask the provider and write its word down; says whether it answered."""
    try:
        answer = await context.devices.call(
            provider_of(context),
            verb,
            found.reference,
            PROVIDER_TIMEOUT_S,
            timeout_s=PROVIDER_TIMEOUT_S + 1,
        )
        state = PaymentState(answer)
    except (DeviceUnavailable, ValueError) as error:  # no answer, or one that is no word
        logger.warning("payment %s: no answer to %s: %s", found.payment, verb, error)
        state = PaymentState.UNKNOWN
    is_final = state not in (PaymentState.UNKNOWN, PaymentState.WAITING)
    if not is_final and (verb == "cancel" or state is PaymentState.UNKNOWN):
        allowed = 0 if verb == "cancel" else open_codes.MISSES_ALLOWED
        await context.database.write(open_codes.note_miss, found.payment, allowed)
        return False
    if state.value != found.state or found.misses:
        await context.database.write(payments.settle, found.payment, state.value)
    return True


JOBS = (
    Job("expire_holds", 1.0, expire_holds),
    Job("follow_payments", 0.5, follow_payments),
)
