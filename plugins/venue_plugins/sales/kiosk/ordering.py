"""What the server says about an order, and what that means for the screen; paying."""

from __future__ import annotations

from dataclasses import replace

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import choosing, failures, printing
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.moves import (
    MakeId,
    Step,
    begin_printing,
    fail,
    home,
    release,
    settled,
    stay,
)
from venue_plugins.sales.kiosk.state import BuyFlow, Screen, Sentence, held_seats, may_be_money

# --- placed, changed, released, seen -----------------------------------------------------------


def order_placed(flow: BuyFlow, answer: m.OrderPlaced, make_id: MakeId) -> Step:
    flow = settled(flow, answer.operation_id)
    awaited = flow.busy
    if not isinstance(awaited, m.PlaceOrder) or awaited.operation_id != answer.operation_id:
        return _nobody_waits(flow, answer.order, make_id)
    flow = replace(flow, busy=None, order=answer.order, count=len(answer.order.lines))
    if flow.screen is Screen.SLOTS:
        return replace(flow, screen=Screen.TICKETS, notice=None), ()
    return stay(flow)


def order_changed(flow: BuyFlow, answer: m.OrderChanged, make_id: MakeId) -> Step:
    """The answer to ChangeOrder, StartQr or CancelQr."""
    if flow.order is None or flow.order.id != answer.order.id:
        return _nobody_waits(settled(flow, answer.operation_id), answer.order, make_id)
    before, awaited = flow.order, flow.busy
    is_awaited = (
        isinstance(awaited, m.ChangeOrder | m.StartQr | m.CancelQr)
        and awaited.operation_id == answer.operation_id
    )
    if not is_awaited:
        return stay(flow)
    flow = replace(flow, order=answer.order, busy=None)
    if answer.order.state != "held":
        return settle(flow, make_id)
    if isinstance(awaited, m.ChangeOrder):
        flow = replace(flow, count=len(answer.order.lines), wheelchair=awaited.body.wheelchair)
        return _seats_changed(flow, awaited, before, make_id)
    flow, commands = settle(flow, make_id)
    if isinstance(awaited, m.StartQr) and flow.screen is Screen.PAY and flow.busy is None:
        commands = (*commands, m.FollowOrder(answer.order.id))
    return flow, commands


def order_released(flow: BuyFlow, answer: m.OrderReleased, make_id: MakeId) -> Step:
    return settled(flow, answer.operation_id), ()


def order_seen(flow: BuyFlow, answer: m.OrderSeen, make_id: MakeId) -> Step:
    """Only what can't be overtaken by an answer that is under way is believed at once."""
    if flow.order is None or flow.order.id != answer.order.id:
        return stay(flow)
    if flow.screen in (Screen.PRINTING, Screen.THANKS) or flow.order.state == "paid":
        return stay(flow)
    is_final = answer.order.state != "held"
    if not is_final and (flow.busy is not None or not _asks_about_money(flow)):
        return stay(flow)
    flow, commands = settle(replace(flow, order=answer.order), make_id)
    retry = flow.failure.retry if flow.failure and _is_unknown(flow) else None
    if isinstance(retry, m.CancelQr) and flow.busy is None and flow.holds:
        return replace(flow, busy=retry), (*commands, retry)  # the server answers again
    return flow, commands


def settle(flow: BuyFlow, make_id: MakeId) -> Step:
    """Draw the consequences of the order as it is now."""
    order = flow.order
    if order is None:
        return stay(flow)
    if order.state == "paid":
        return begin_printing(flow, make_id)
    if order.state != "held":
        if flow.money_moved:
            return _too_late(flow)
        return fail(replace(flow, leaving=""), failures.hold_ran_out(flow)), ()
    return _settle_payment(flow, make_id) if _asks_about_money(flow) else stay(flow)


def _nobody_waits(flow: BuyFlow, order: wire.Order, make_id: MakeId) -> Step:
    """An answer for a visitor who has gone: what it holds goes back."""
    if flow.order is not None and flow.order.id == order.id:
        return stay(flow)
    if order.state != "held":
        return stay(flow)
    if any(pay.state in ("asked", "waiting") or may_be_money(pay) for pay in order.payments):
        return flow, (m.CallStaff("M-07", order.number),)
    return flow, (release(order, make_id),)


def _seats_changed(
    flow: BuyFlow, awaited: m.ChangeOrder, before: wire.Order, make_id: MakeId
) -> Step:
    order = flow.order
    if order is None:
        return stay(flow)
    if flow.failure is not None and flow.failure.code == "S-01":
        same = before.total_minor * len(order.lines) == order.total_minor * len(before.lines)
        proposal = failures.seat_taken_others_found(flow.failure, order, same_price=same)
        return replace(flow, failure=proposal, picked=held_seats(order), own=()), ()
    if flow.screen is Screen.SLOTS:
        return replace(flow, screen=Screen.TICKETS, notice=None), ()
    if flow.screen is Screen.SEAT_ZOOM and not any(w.seat_ids for w in awaited.body.wanted):
        return replace(flow, picked=held_seats(order), own=()), ()  # "Suggest"
    return choosing.reconcile(flow, make_id)


# --- paying ------------------------------------------------------------------------------------


def pay(flow: BuyFlow, _: m.Pay, make_id: MakeId) -> Step:
    """Start a payment, or a new code after the old one ended. Paper is checked before money."""
    declined = flow.failure is not None and flow.failure.code == "M-01"
    may_start = flow.screen in (Screen.TICKETS, Screen.PAY) or declined
    if not may_start or flow.busy is not None or flow.order is None or not flow.holds:
        return stay(flow)
    if flow.qr_text or flow.money_moved:
        return stay(flow)
    if flow.paper == "out":
        resume = replace(flow, screen=Screen.TICKETS)
        return fail(resume, failures.paper_out(resume)), (m.CallStaff("P-02"),)
    command = m.StartQr(flow.order.id, make_id())
    paying = replace(flow, screen=Screen.PAY, failure=None, busy=command, leaving="", notice=None)
    return paying, (command,)


def leave_pay(flow: BuyFlow, leaving: str, make_id: MakeId) -> Step:
    """Void the code first; only then back or home. `leaving` is "back" or "end"."""
    flow = replace(flow, leaving=leaving, asking_end=False)
    if flow.busy is not None:  # the answer that is under way decides
        return stay(flow)
    return _settle_payment(flow, make_id)


def answer_overdue(flow: BuyFlow, _: m.AnswerOverdue, make_id: MakeId) -> Step:
    """The code should be voided, or the paper be out, by now."""
    if flow.screen is Screen.PRINTING:
        return printing.missing(flow)
    if flow.screen is not Screen.PAY or not isinstance(flow.busy, m.CancelQr):
        return stay(flow)
    return _to_unknown(flow)


def hold_time_over(flow: BuyFlow, _: m.HoldTimeOver, make_id: MakeId) -> Step:
    if flow.order is None or not flow.holds:
        return stay(flow)
    return flow, (m.ReadOrder(flow.order.id),)


def _settle_payment(flow: BuyFlow, make_id: MakeId) -> Step:
    payment = flow.payment
    if payment is None or payment.state in ("declined", "cancelled"):
        return payment_over(flow, make_id)
    if payment.state == "unknown":
        return _to_unknown(flow) if may_be_money(payment) else payment_over(flow, make_id)
    is_paid = payment.state == "paid"  # then the order itself follows in a moment
    if flow.order is None or is_paid or not flow.leaving or flow.screen is not Screen.PAY:
        return stay(flow)
    command = m.CancelQr(flow.order.id, make_id())
    return replace(flow, busy=command), (command,)


def payment_over(flow: BuyFlow, make_id: MakeId) -> Step:
    """Declined, cancelled, or its code never came: nothing was charged."""
    if flow.leaving == "end":
        return home(replace(flow, failure=None), make_id)
    if flow.leaving == "back":
        flow = replace(flow, screen=Screen.TICKETS, failure=None, leaving="")
        return replace(flow, notice=Sentence("Your seats are still held.")), ()
    if flow.payment is not None and flow.payment.state == "declined":
        return fail(flow, failures.payment_declined()), ()
    return replace(flow, screen=Screen.PAY, failure=None), ()


def _to_unknown(flow: BuyFlow, retry: m.Command | None = None) -> Step:
    """M-07. Staff are told once; the order is followed until there is a final word."""
    if flow.order is None or _is_unknown(flow):
        return stay(flow)
    told = m.CallStaff("M-07", flow.order.number)
    failed = fail(flow, failures.payment_unknown(flow, retry))
    return failed, (told, m.FollowOrder(flow.order.id))


def _too_late(flow: BuyFlow) -> Step:
    """The places went back before the money came: M-08, or M-07 until that is sure."""
    if flow.order is None or not any(pay.state == "paid" for pay in flow.order.payments):
        return _to_unknown(flow)
    if flow.failure is not None and flow.failure.code == "M-08":
        return stay(flow)
    failed = fail(replace(flow, leaving=""), failures.paid_too_late(flow))
    return failed, (m.CallStaff("M-08", flow.order.number),)


def _is_unknown(flow: BuyFlow) -> bool:
    return flow.failure is not None and flow.failure.code == "M-07"


def _asks_about_money(flow: BuyFlow) -> bool:
    return flow.screen is Screen.PAY or _is_unknown(flow)


def cancel_lost(flow: BuyFlow, command: m.CancelQr) -> Step:
    """No word about a code that was to be voided: the visitor may have paid it."""
    return _to_unknown(flow, command)
