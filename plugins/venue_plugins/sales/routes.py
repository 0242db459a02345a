"""The sales API: parse, call one service, answer. Shapes and permissions stand in `wire`."""

from __future__ import annotations

import msgspec

from venue_plugins.sales import jobs, wire
from venue_plugins.sales.domain.orders import HELD
from venue_plugins.sales.services import (
    catalogue,
    open_codes,
    orders,
    payments,
    reading,
    tickets,
)
from venue_suite.database import View
from venue_suite.identity.permissions import Permission
from venue_suite.routing import Call, Route

PERMISSIONS = (
    Permission("sales.view", "see what is on sale", ("kiosk", "console", "cashier", "usher")),
    Permission("sales.sell", "hold places and sell them", ("kiosk", "cashier")),
    Permission("sales.cash", "take cash", ("cashier",)),
    Permission("sales.orders", "find everybody's orders", ("cashier",)),
    Permission("sales.reprint", "print a ticket again; the old paper is void", ()),
)


async def get_events(call: Call) -> list[wire.EventCard]:
    return await call.read(catalogue.list_events)


async def get_performances(call: Call) -> list[wire.PerformanceCard]:
    event = call.query_number("event", 0, 2**62)
    return await call.read(catalogue.list_performances, event, call.query("day"))


async def get_performance(call: Call) -> wire.PerformanceDetail:
    return await call.read(catalogue.read_detail, call.number("performance"))


async def get_seats(call: Call) -> wire.SeatPlan:
    return await call.read(catalogue.read_seat_plan, call.number("performance"))


async def post_order(call: Call) -> msgspec.Raw:
    """409 sold_out, seat_taken, performance_not_on_sale, too_many_places, ticket_type_not_sold."""
    return await call.write(orders.place_order, await call.body(wire.PlaceOrder))


async def find_orders(call: Call) -> list[wire.Order]:
    questions = call.context.questions
    return await call.read(reading.find_orders, call.query("find"), questions.resolve_entries)


async def get_order(call: Call) -> wire.Order:
    return await _read(call, call.number("order"))


async def change_order(call: Call) -> msgspec.Raw:
    """409 payment_unknown, hold_expired, wrong_state, and what placing an order refuses."""
    order = await _own(call)
    return await call.write(orders.change_order, order, await call.body(wire.ChangeOrder))


async def release_order(call: Call) -> msgspec.Raw:
    """A code that is shown is taken back first. 409 payment_unknown, wrong_state."""
    order = await _own(call)
    await call.body(dict)
    call.operation()
    await _cancel_open(call, order)
    return await call.write(orders.release_order, order)


async def pay_cash(call: Call) -> msgspec.Raw:
    """409 payment_short, payment_unknown, hold_expired, wrong_state."""
    order = await _own(call)
    return await call.write(payments.pay_cash, order, await call.body(wire.PayCash))


async def start_qr(call: Call) -> wire.Order:
    """The order with a payment whose `qr_text` is to be shown; paid at once if it costs nothing.

    409 hold_expired, wrong_state; 503 device_unavailable, no_qr_provider.
    """
    order = await _own(call)
    await call.body(dict)
    shown = await _read(call, order)
    if shown.state == HELD and shown.total_minor:
        jobs.provider_of(call.context)  # before anything is written down
    payment = msgspec.json.decode(await call.write(payments.begin_qr, order), type=int)
    if payment:
        await jobs.make_code(call.context, payment)
    return await _read(call, order)


async def cancel_qr(call: Call) -> wire.Order:
    """The order after its code was taken back, or paid if the visitor was faster."""
    order = await _own(call)
    await call.body(dict)
    call.operation()
    await _cancel_open(call, order)
    return await _read(call, order)


async def start_print(call: Call) -> msgspec.Raw:
    """403 not_allowed for a reprint, 409 printed_elsewhere, wrong_state."""
    order = await _own(call)
    wanted = await call.body(wire.StartPrint)
    return await call.write(tickets.start_print, order, wanted, call.context.signer)


async def note_print(call: Call) -> msgspec.Raw:
    """404 printer_job_unknown."""
    order = await _own(call)
    return await call.write(tickets.note_print, order, await call.body(wire.PrintResult))


async def _own(call: Call) -> int:
    """The order of the path, if the caller may touch it."""
    order = call.number("order")
    actor = call.actor
    await call.read(orders.check_own, order, actor.station, actor.station_kind)
    return order


async def _read(call: Call, order: int) -> wire.Order:
    actor, questions = call.actor, call.context.questions

    def read(view: View) -> wire.Order:
        orders.check_own(view, order, actor.station, actor.station_kind)
        return reading.read_order(view, order, questions.resolve_entries)

    return await call.read(read)


async def _cancel_open(call: Call, order: int) -> None:
    found = await call.read(open_codes.find_open, order)
    if found is not None:
        await jobs.cancel_code(call.context, found)


_ORDER = "/sales/orders/{order}"
ROUTES = (
    Route("GET", "/sales/events", get_events, "sales.view"),
    Route("GET", "/sales/performances", get_performances, "sales.view"),
    Route("GET", "/sales/performances/{performance}", get_performance, "sales.view"),
    Route("GET", "/sales/performances/{performance}/seats", get_seats, "sales.view"),
    Route("POST", "/sales/orders", post_order, "sales.sell"),
    Route("GET", "/sales/orders", find_orders, "sales.orders"),
    Route("GET", _ORDER, get_order, "sales.sell"),
    Route("POST", _ORDER + "/change", change_order, "sales.sell"),
    Route("POST", _ORDER + "/release", release_order, "sales.sell"),
    Route("POST", _ORDER + "/cash", pay_cash, "sales.cash"),
    Route("POST", _ORDER + "/qr", start_qr, "sales.sell"),
    Route("POST", _ORDER + "/qr/cancel", cancel_qr, "sales.sell"),
    Route("POST", _ORDER + "/print", start_print, "sales.sell"),
    Route("POST", _ORDER + "/print-result", note_print, "sales.sell"),
)
