"""States of the buying flow, one a screen, as visitors come to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import failures
from venue_plugins.sales.kiosk.state import BuyFlow, Screen, held_seats

from tests.kiosk import sample

PLAN = sample.make_plan()
TWO = [wire.Wanted(ticket_type_id=1, count=2)]
FAMILY = [wire.Wanted(ticket_type_id=1, count=1), wire.Wanted(ticket_type_id=3, count=1)]


def at(screen: Screen, **changes: Any) -> BuyFlow:
    """The flow on a screen before any failure."""
    flow = BuyFlow(screen=screen, events=tuple(sample.make_events()))
    if screen is Screen.SLOTS:
        flow = _exhibition(flow)
    elif screen not in (Screen.ATTRACT, Screen.EVENTS):
        flow = _show(flow)
    if screen is Screen.PERFORMANCE:
        flow = replace(flow, performance=None, order=None)
    if screen is Screen.SEAT_ZOOM and flow.order is not None:
        seat = next(seat for seat in PLAN.seats if seat.id == flow.order.lines[0].seat_id)
        flow = replace(flow, picked=held_seats(flow.order), zoom_at=(seat.x, seat.y))
    return replace(flow, **changes)


def _show(flow: BuyFlow) -> BuyFlow:
    late = (Screen.TICKETS, Screen.PAY, Screen.PRINTING, Screen.THANKS)
    return replace(
        flow,
        event=flow.events[0],
        day=sample.DAYS[0],
        performances=tuple(sample.make_performances(1)),
        performance=sample.make_performances(1)[0],
        detail=sample.make_detail(17),
        plan=PLAN,
        order=sample.make_order(17, FAMILY if flow.screen in late else TWO),
    )


def _exhibition(flow: BuyFlow) -> BuyFlow:
    return replace(
        flow,
        event=flow.events[3],
        day=sample.DAYS[0],
        performances=tuple(sample.make_performances(5)),
        performance=sample.make_performances(5)[2],
        detail=sample.make_detail(52),
        count=1,
    )


def paying() -> BuyFlow:
    """A code is shown and nobody has paid yet."""
    flow = at(Screen.PAY)
    assert flow.order is not None
    payments = [sample.make_payment("waiting", flow.order.total_minor)]
    return replace(flow, order=msgspec.structs.replace(flow.order, payments=payments))


def all_states() -> dict[str, BuyFlow]:
    """Name -> a state for every screen, and the failures that have a picture."""
    states = {screen.value: at(screen) for screen in Screen if screen is not Screen.FAILURE}
    states["pay"] = paying()
    states["pay-over"] = at(Screen.PAY)
    states["thanks-receipt"] = at(Screen.THANKS, receipt="printed")
    crowd = [wire.Wanted(ticket_type_id=1, count=6)]
    states["tickets-six"] = at(Screen.TICKETS, order=sample.make_order(17, crowd))
    states["tickets-open"] = replace(
        at(Screen.SLOTS), screen=Screen.TICKETS, order=sample.make_order(52, FAMILY)
    )
    return states | {f"failure-{name}": flow for name, flow in _failures().items()}


def _failures() -> dict[str, BuyFlow]:
    events, zoom = at(Screen.EVENTS), at(Screen.SEAT_ZOOM)
    pay, printing, choosing = paying(), at(Screen.PRINTING), at(Screen.PERFORMANCE)
    choosing = replace(choosing, performance=choosing.performances[1])
    assert zoom.order is not None
    taken = failures.seat_taken(zoom, ("15",))
    found = failures.seat_taken_others_found(taken, zoom.order, same_price=True)
    wanted = {
        "P-02": (events, failures.paper_out(events)),
        "P-03": (printing, failures.tickets_missing(printing)),
        "P-04": (printing, failures.print_doubtful(printing, 1)),
        "M-01": (pay, failures.payment_declined()),
        "M-07": (pay, failures.payment_unknown(pay)),
        "S-01": (zoom, found),
        "S-02": (zoom, failures.hold_ran_out(zoom)),
        "S-03": (choosing, failures.sold_out(choosing)),
    }
    return {
        code: replace(flow, screen=Screen.FAILURE, failure=failure)
        for code, (flow, failure) in wanted.items()
    }
