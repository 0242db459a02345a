"""When the server says no, or says nothing, and the ways out of failure pages."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from venue_plugins.sales.kiosk import choosing, failures, ordering, printing
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.moves import (
    MakeId,
    Step,
    change,
    fail,
    send_unsettled,
    settled,
    stay,
)
from venue_plugins.sales.kiosk.state import BuyFlow, Failure, Screen, Sentence, held_seats

# The server's own codes for what has a page of its own here.
SEAT_TAKEN = "seat_taken"
SOLD_OUT = "sold_out"
HOLD_OVER = "hold_expired"
BUSY = "busy"  # too much work now: the same again in a moment
WRONG_STATE = "wrong_state"  # paid or gone meanwhile: the order itself says which
_KEPT_TRYING = m.PlaceOrder | m.ReleaseOrder | m.CancelQr | m.ReportPrinted

# --- no ----------------------------------------------------------------------------------------


def refused(flow: BuyFlow, answer: m.Refused, make_id: MakeId) -> Step:
    command = answer.command
    if isinstance(command, m.ReleaseOrder) and answer.code == BUSY:
        return _no_answer(flow, command)
    if isinstance(command, _KEPT_TRYING):
        flow = settled(flow, command.operation_id)
    if isinstance(command, m.PrintPaper):
        is_ours = flow.order is not None and flow.order.id == command.order_id
        return printing.print_refused(flow) if is_ours and not flow.has_end else stay(flow)
    if flow.busy != command:
        return stay(flow)
    flow = replace(flow, busy=None)
    if isinstance(command, m.ChangeOrder):
        return _change_refused(flow, answer, command, make_id)
    return _step_refused(flow, answer, make_id)


def _step_refused(flow: BuyFlow, answer: m.Refused, make_id: MakeId) -> Step:
    command = answer.command
    if isinstance(command, m.StartQr):
        return _qr_refused(flow, answer, make_id)
    if isinstance(command, m.CancelQr):
        return ordering.cancel_lost(flow, command)
    if isinstance(command, m.PlaceOrder) and answer.code == SOLD_OUT:
        return fail(flow, failures.sold_out(flow)), ()
    if answer.code == BUSY:
        return fail(flow, failures.server_busy(flow, answer)), ()
    return fail(flow, failures.refused(flow, answer, _screen_before(flow))), ()


def _change_refused(
    flow: BuyFlow, answer: m.Refused, command: m.ChangeOrder, make_id: MakeId
) -> Step:
    """The order stays as it was; the zoom shows again what it holds."""
    if answer.code == HOLD_OVER:
        return _hold_over(flow)
    if answer.code == WRONG_STATE:
        return flow, (m.ReadOrder(command.order_id),)
    if flow.failure is not None:  # S-01 looked for others and found none
        return replace(flow, failure=_without_search(flow, flow.failure)), ()
    held = held_seats(flow.order) if flow.order else ()
    if flow.picked is not None:
        asked = tuple(seat for wanted in command.body.wanted for seat in wanted.seat_ids)
        new = tuple(seat for seat in asked if seat not in held)
        flow = replace(flow, picked=held, own=tuple(s for s in flow.own if s in held))
        if answer.code == SEAT_TAKEN and new:
            named = answer.params.get("seats")
            if isinstance(named, list | tuple):
                new = tuple(seat for seat in new if seat in named) or new
            return _offer_others(flow, new, len(asked), make_id)
    if flow.avoid and command.body.avoid_seat_ids:
        flow = replace(flow, avoid=())
        return replace(flow, notice=Sentence("There are no others; these are the best left.")), ()
    return replace(flow, notice=Sentence(answer.template, dict(answer.params))), ()


def _offer_others(flow: BuyFlow, taken: tuple[int, ...], count: int, make_id: MakeId) -> Step:
    """S-01: say it at once, and look for as many others meanwhile."""
    seats = flow.plan.seats if flow.plan else []
    numbers = tuple(seat.number for seat in seats if seat.id in taken)
    body = choosing.best_of(flow, count)
    flow, commands = change(flow, body, make_id)
    busy = flow.busy
    return replace(fail(flow, failures.seat_taken(flow, numbers)), busy=busy), commands


def _without_search(flow: BuyFlow, failure: Failure) -> Failure:
    return replace(failure, advice=Sentence("Please choose again; it only takes seconds."))


def _qr_refused(flow: BuyFlow, answer: m.Refused, make_id: MakeId) -> Step:
    """No code was made, so nobody can have paid."""
    if answer.code == HOLD_OVER:
        return _hold_over(flow)
    if answer.code == WRONG_STATE and flow.order is not None:
        return flow, (m.ReadOrder(flow.order.id),)
    if flow.leaving:
        return ordering.payment_over(flow, make_id)
    reason = Sentence(answer.template, dict(answer.params))
    return fail(flow, failures.payment_declined(reason)), ()


def _hold_over(flow: BuyFlow) -> Step:
    if flow.order is not None:
        flow = replace(flow, order=msgspec.structs.replace(flow.order, state="expired"))
    return fail(replace(flow, leaving=""), failures.hold_ran_out(flow)), ()


def _screen_before(flow: BuyFlow) -> Screen:
    """Where Back leads from a page that stands for a screen which could not be filled."""
    if flow.screen is Screen.SEATS:
        return Screen.PERFORMANCE
    return flow.screen if flow.holds else Screen.EVENTS


# --- nothing -----------------------------------------------------------------------------------


def server_away(flow: BuyFlow, _: m.ServerAway, make_id: MakeId) -> Step:
    return replace(flow, server_away=True), ()


def server_lost(flow: BuyFlow, answer: m.ServerLost, make_id: MakeId) -> Step:
    """A change that the present visitor waits for stays on the page and is sent again; one that
    nobody waits for is kept until its outcome is known."""
    return _no_answer(replace(flow, server_away=True), answer.command)


def _no_answer(flow: BuyFlow, command: m.Command) -> Step:
    if isinstance(command, m.PrintPaper):
        is_ours = flow.order is not None and flow.order.id == command.order_id
        waits = is_ours and flow.screen is Screen.PRINTING
        return printing.print_lost(flow, command) if waits else stay(flow)
    if flow.busy == command:
        if isinstance(command, m.CancelQr):
            return ordering.cancel_lost(flow, command)
        return fail(flow, failures.server_away(flow, command)), ()
    if isinstance(command, m.CallStaff) and not command.code:
        return stay(flow)  # the visitor touches again
    if isinstance(command, m.CallStaff | _KEPT_TRYING):
        kept = tuple(open_one for open_one in flow.unsettled if open_one != command)
        return replace(flow, unsettled=(*kept, command)), ()
    return stay(flow)


def server_found(flow: BuyFlow, _: m.ServerFound, make_id: MakeId) -> Step:
    """Send again what got no answer, with the same ids, and go on where the visitor was."""
    flow, commands = send_unsettled(replace(flow, server_away=False))
    if flow.failure is not None and flow.failure.code == "M-07":
        repeat = (flow.failure.retry,) if flow.failure.retry else ()
        followed = (m.FollowOrder(flow.order.id),) if flow.order else ()
        busy = flow.failure.retry if isinstance(flow.failure.retry, m.CancelQr) else flow.busy
        return replace(flow, busy=busy), (*commands, *repeat, *followed)
    if flow.failure is not None and flow.failure.retry is not None:
        flow, again = _send_again(flow, flow.failure, make_id)
        return flow, (*commands, *again)
    if flow.screen in (Screen.ATTRACT, Screen.EVENTS):
        return flow, (*commands, m.LoadEvents())
    return flow, (*commands, *_missing_plan(flow))


def retry(flow: BuyFlow, _: m.Retry, make_id: MakeId) -> Step:
    """ "Try again" and "Choose again" of the failure pages."""
    if flow.failure is None:
        return stay(flow)
    if flow.failure.code == "P-03":
        return printing.print_rest(flow, make_id)
    if flow.failure.code == "S-02":
        return _start_over(flow)
    if flow.failure.retry is not None:
        return _send_again(flow, flow.failure, make_id)
    return stay(flow)


def back_from_failure(flow: BuyFlow, make_id: MakeId) -> Step:
    """Only where the page offers it."""
    failure = flow.failure
    if failure is None or not any(isinstance(o.touch, m.Back) for o in failure.options):
        return stay(flow)
    flow = replace(flow, screen=failure.resume, failure=None, notice=None)
    if failure.code == "S-01":
        picked = held_seats(flow.order) if flow.order else ()
        return replace(flow, picked=picked, own=()), ()
    if failure.resume in (Screen.PERFORMANCE, Screen.SLOTS) and flow.event is not None:
        again = m.LoadPerformances(flow.event.id, flow.day)
        return replace(flow, busy=again), (again,)
    return flow, ()


def _send_again(flow: BuyFlow, failure: Failure, make_id: MakeId) -> Step:
    if failure.code == "P-03":
        return printing.print_rest(flow, make_id)
    if failure.retry is None:
        return stay(flow)
    if isinstance(failure.retry, m.StartQr) and flow.paper == "out":
        flow = replace(flow, screen=Screen.TICKETS)
        return fail(flow, failures.paper_out(flow)), (m.CallStaff("P-02"),)
    flow = replace(flow, screen=failure.resume, failure=None, busy=failure.retry)
    return flow, (failure.retry, *_missing_plan(flow))


def _missing_plan(flow: BuyFlow) -> tuple[m.Command, ...]:
    on_seats = flow.screen in (Screen.SEATS, Screen.SEAT_ZOOM, Screen.TICKETS)
    if on_seats and flow.plan is None and flow.performance is not None:
        return (m.LoadSeatPlan(flow.performance.id),)
    return ()


def _start_over(flow: BuyFlow) -> Step:
    """After the hold ran out: the same performance again."""
    flow = replace(flow, order=None, picked=None, own=(), avoid=(), printed=())
    if failures.is_open(flow):
        return replace(flow, screen=Screen.SLOTS, failure=None), ()
    return choosing.open_seats(flow)
