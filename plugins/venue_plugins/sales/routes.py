"""The sales API: parse, call one service, answer. Shapes and permissions stand in `wire`."""

from __future__ import annotations

import msgspec

from venue_plugins.sales import jobs, wire
from venue_plugins.sales.domain.errors import (
    HoldExpired,
    PaymentShort,
    PaymentUnknown,
    PerformanceNotOnSale,
    PrinterJobUnknown,
    SeatTaken,
    SoldOut,
    TicketTypeNotSold,
    TooManyPlaces,
    WrongState,
)
from venue_plugins.sales.domain.orders import HELD
from venue_plugins.sales.services import (
    catalogue,
    open_codes,
    orders,
    payments,
    reading,
    selling,
    tickets,
)
from venue_suite.database import View
from venue_suite.domain.errors import DeviceUnavailable, NotFound, Refused
from venue_suite.domain.facts import FactKind
from venue_suite.identity.permissions import Permission
from venue_suite.routing import Call, Page, Route, page_of

PERMISSIONS = (
    Permission("sales.view", "see what is on sale", ("kiosk", "console", "cashier", "usher")),
    Permission("sales.sell", "hold places and sell them", ("kiosk", "cashier")),
    Permission("sales.cash", "take cash", ("cashier",)),
    Permission("sales.orders", "find everybody's orders", ("cashier",)),
    Permission(
        "sales.reprint", "print a ticket again; the old paper is void", (), ("count_per_day",)
    ),
)


def _of_an_order(name: str, summary: str) -> FactKind:
    """Everybody's for whoever may find everybody's orders; a kiosk hears of its own."""
    return FactKind(name, summary, "sales.orders", own_permission="sales.sell")


FACTS = (
    FactKind("sales.seats_changed", "seats were taken or became free", "sales.view"),
    FactKind("sales.places_changed", "so many places are left", "sales.view"),
    _of_an_order("sales.order_placed", "places are held for a new order"),
    _of_an_order("sales.order_changed", "what an open order holds was changed"),
    _of_an_order("sales.order_released", "an open order was given up, or its time was over"),
    _of_an_order("sales.order_paid", "an order is paid; its tickets are valid"),
    _of_an_order("sales.payment_waiting", "a payment waits for the visitor's phone or card"),
    _of_an_order("sales.payment_changed", "a payment was made, refused, or is in doubt"),
    _of_an_order("sales.payment_late", "money came for an order that was closed already"),
    _of_an_order("sales.printed", "papers were printed, or it is in doubt whether they were"),
    _of_an_order("sales.reprinted", "papers were printed again; the old ones are void"),
)


async def get_events(call: Call) -> list[wire.EventCard]:
    """What is on sale or coming."""
    return await call.read(catalogue.list_events)


async def get_performances(call: Call) -> list[wire.PerformanceCard]:
    """The performances of one event or one day."""
    asked = call.asked(wire.AskPerformances)
    return await call.read(catalogue.list_performances, asked.event, asked.day)


async def get_performance(call: Call) -> wire.PerformanceDetail:
    """One performance with its prices and ticket types."""
    return await call.read(catalogue.read_detail, call.number("performance"))


async def get_seats(call: Call) -> wire.SeatPlan:
    """The seats of a performance and who has them."""
    return await call.read(catalogue.read_seat_plan, call.number("performance"))


async def post_order(call: Call) -> msgspec.Raw:
    """Hold places for some minutes: the order that is to be paid."""
    return await call.write(orders.place_order, await call.body(wire.PlaceOrder))


async def sell_now(call: Call) -> msgspec.Raw:
    """Sell places for cash in one step: what a counter does when the money is on the desk."""
    wanted = await call.body(wire.SellNow)
    return await call.write(selling.sell_now, wanted, call.context.signer)


async def find_orders(call: Call) -> Page[wire.Order]:
    """Find orders, the newest first."""
    questions = call.context.questions
    asked = call.asked(wire.FindOrders)
    below, count = asked.after_number(reading.NEWEST), asked.limit + 1
    orders = await call.read(
        reading.find_orders, asked.find, questions.resolve_entries, below, count
    )
    return page_of(orders, asked.limit, lambda order: order.id)


async def get_order(call: Call) -> wire.Order:
    """One order; a kiosk sees only its own."""
    return await _read(call, call.number("order"))


async def change_order(call: Call) -> msgspec.Raw:
    """Replace what an unpaid order holds."""
    order = await _own(call)
    return await call.write(orders.change_order, order, await call.body(wire.ChangeOrder))


async def release_order(call: Call) -> msgspec.Raw:
    """Let an unpaid order go; a code that is shown is taken back first."""
    order = await _own(call)
    call.operation()
    await _cancel_open(call, order)
    return await call.write(orders.release_order, order)


async def pay_cash(call: Call) -> msgspec.Raw:
    """Pay an order with cash."""
    order = await _own(call)
    return await call.write(payments.pay_cash, order, await call.body(wire.PayCash))


async def start_qr(call: Call) -> wire.Order:
    """Begin to pay by code: the order with a payment whose `qr_text` is to be shown; paid at once
    if it costs nothing.
    """
    order = await _own(call)
    shown = await _read(call, order)
    if shown.state == HELD and shown.total_minor:
        jobs.provider_of(call.context)  # before anything is written down
    payment = msgspec.json.decode(await call.write(payments.begin_qr, order), type=int)
    if payment:
        await jobs.make_code(call.context, payment)
    return await _read(call, order)


async def cancel_qr(call: Call) -> wire.Order:
    """Take a code back: the order without it, or paid if the visitor was faster."""
    order = await _own(call)
    call.operation()
    await _cancel_open(call, order)
    return await _read(call, order)


async def start_print(call: Call) -> msgspec.Raw:
    """Ask for the paper of a paid order; a reprint needs `sales.reprint`."""
    order = await _own(call)
    wanted = await call.body(wire.StartPrint)
    return await call.write(tickets.start_print, order, wanted, call.context.signer)


async def note_print(call: Call) -> msgspec.Raw:
    """Tell what the printer said about each sheet."""
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
_ORDER = "/sales/orders/{order}"
_FILLING = (TicketTypeNotSold, TooManyPlaces, SoldOut, SeatTaken, PerformanceNotOnSale)
_CHANGING = (HoldExpired, WrongState, PaymentUnknown)
_WANTED = [wire.Wanted(ticket_type_id=1, count=2)]
ROUTES = (
    Route("GET", "/sales/events", get_events, "sales.view", reply=list[wire.EventCard]),
    Route(
        "GET",
        "/sales/performances",
        get_performances,
        "sales.view",
        query=wire.AskPerformances,
        reply=list[wire.PerformanceCard],
    ),
    Route(
        "GET",
        "/sales/performances/{performance}",
        get_performance,
        "sales.view",
        reply=wire.PerformanceDetail,
    ),
    Route(
        "GET",
        "/sales/performances/{performance}/seats",
        get_seats,
        "sales.view",
        reply=wire.SeatPlan,
    ),
    Route(
        "POST",
        "/sales/orders",
        post_order,
        "sales.sell",
        body=wire.PlaceOrder,
        reply=wire.Order,
        refusals=(NotFound, *_FILLING),
        example=wire.PlaceOrder(performance_id=1, wanted=_WANTED, language="en"),
    ),
    Route(
        "POST",
        "/sales/orders/sell",
        sell_now,
        "sales.cash",
        body=wire.SellNow,
        reply=wire.Sold,
        refusals=(NotFound, PaymentShort, *_FILLING),
        example=wire.SellNow(performance_id=1, wanted=_WANTED, received_minor=80000),
    ),
    Route(
        "GET",
        "/sales/orders",
        find_orders,
        "sales.orders",
        query=wire.FindOrders,
        reply=Page[wire.Order],
    ),
    Route("GET", _ORDER, get_order, "sales.sell", reply=wire.Order),
    Route(
        "POST",
        _ORDER + "/change",
        change_order,
        "sales.sell",
        body=wire.ChangeOrder,
        reply=wire.Order,
        refusals=(*_FILLING, *_CHANGING),
        example=wire.ChangeOrder(wanted=_WANTED),
    ),
    Route(
        "POST",
        _ORDER + "/release",
        release_order,
        "sales.sell",
        reply=wire.Order,
        refusals=(WrongState, PaymentUnknown, DeviceUnavailable),
    ),
    Route(
        "POST",
        _ORDER + "/cash",
        pay_cash,
        "sales.cash",
        body=wire.PayCash,
        reply=wire.Order,
        refusals=(PaymentShort, *_CHANGING),
        example=wire.PayCash(received_minor=80000),
    ),
    Route(
        "POST",
        _ORDER + "/qr",
        start_qr,
        "sales.sell",
        reply=wire.Order,
        refusals=(*_CHANGING, jobs.NoProvider, DeviceUnavailable),
    ),
    Route(
        "POST",
        _ORDER + "/qr/cancel",
        cancel_qr,
        "sales.sell",
        reply=wire.Order,
        refusals=(PaymentUnknown, DeviceUnavailable),
    ),
    Route(
        "POST",
        _ORDER + "/print",
        start_print,
        "sales.sell",
        body=wire.StartPrint,
        reply=wire.PrintSheet,
        refusals=(WrongState, tickets.PrintedElsewhere, Refused),
        example=wire.StartPrint(),
    ),
    Route(
        "POST",
        _ORDER + "/print-result",
        note_print,
        "sales.sell",
        body=wire.PrintResult,
        reply=wire.Order,
        refusals=(PrinterJobUnknown,),
        example=wire.PrintResult(results={"T-184220-1": "printed"}),
    ),
)
