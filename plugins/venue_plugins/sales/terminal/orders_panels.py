"""The panels of the order screen: the order, what can be done with it, what has happened to it."""

from __future__ import annotations

from datetime import datetime

from venue_terminal.canvas import Canvas
from venue_terminal.cells import fit, shorten
from venue_terminal.console import Console

from venue_plugins.sales.wire import Order, OrderLine

_STATE_ROLES = {"paid": "fine", "held": "careful"}


def draw_order(canvas: Canvas, console: Console, order: Order | None) -> None:
    """One order: show, tickets with their use, tenders, who sold it."""
    if order is None:
        canvas.frame(console.say("Order"))
        return
    say, edge = console.say, canvas.columns - 2
    role = _STATE_ROLES.get(order.state, "wrong")
    canvas.frame(order.number, state_words(console, order), note_role=role)
    starts = f"{console.day_words(order.performance.starts_at)} "
    starts += f"{console.local(order.performance.starts_at):%H:%M}"
    left = canvas.right(1, edge, starts)
    canvas.put(1, 2, shorten(console.name(order.performance.title), left - 3), "strong")
    room = canvas.rows - 8
    _draw_lines(canvas, console, order, room)
    row = canvas.rows - 5
    canvas.put(row, 2, say("Pick-up code {code}", code=order.pickup_code))
    tenders = "   ".join(payment_words(console, order))
    total = console.money.format_plain(order.total_minor)
    left = canvas.right(row + 1, edge, total, "money")
    canvas.put(row + 1, 2, shorten(tenders or say("not paid"), left - 3))
    who = ", ".join(filter(None, (order.station, order.staff)))
    at = f"{console.local(order.paid_at or order.placed_at):%H:%M}"
    sold = say("Sold {time}, {who}", time=at, who=who) if order.paid_at else ""
    canvas.put(row + 2, 2, shorten(sold, edge - 2), "dim")


def state_words(console: Console, order: Order) -> str:
    """`paid, printed`"""
    words = {
        "paid": console.say("paid"),
        "held": console.say("held, not paid"),
        "released": console.say("given back"),
        "expired": console.say("time ran out"),
    }
    state = words.get(order.state, order.state)
    if order.state != "paid":
        return state
    printed = sum(line.print_state == "printed" for line in order.lines)
    if printed == len(order.lines):
        return f"{state}, {console.say('printed')}"
    if any(line.print_state == "doubtful" for line in order.lines):
        return f"{state}, {console.say('paper doubtful')}"
    return f"{state}, " + console.say(
        "printed {count} of {all}", count=printed, all=len(order.lines)
    )


def _draw_lines(canvas: Canvas, console: Console, order: Order, room: int) -> None:
    say, edge = console.say, canvas.columns - 2
    state = edge - 11
    price = state - 2
    seat = 15
    canvas.put(2, 3, "#", "dim")
    canvas.put(2, 6, say("Type"), "dim")
    canvas.put(2, seat, say("Seat"), "dim")
    canvas.right(2, price, say("Price"), "dim")
    canvas.put(2, state, say("State"), "dim")
    for number, line in enumerate(order.lines[:room], start=1):
        row = number + 2
        canvas.right(row, 4, str(number), "key")
        canvas.put(row, 6, shorten(console.name(line.ticket_type), seat - 7))
        left = canvas.right(row, price, console.money.format_plain(line.price_minor))
        canvas.put(row, seat, shorten(seat_name(console, line), left - seat - 1))
        words, role = _line_state(console, line)
        canvas.put(row, state, fit(words, edge + 1 - state), role)
    if len(order.lines) > room:
        more = say("+ {count} more", count=len(order.lines) - room)
        canvas.put(room + 2, 6, fit(more, edge - 6), "dim")


def seat_name(console: Console, line: OrderLine) -> str:
    """`Stalls 7-1`; places without numbers are a free choice."""
    if not line.seat_id:
        return console.say("free choice")
    return f"{console.name(line.section)} {line.row}-{line.number}"


def _line_state(console: Console, line: OrderLine) -> tuple[str, str]:
    if line.entered_at is not None:
        return console.say("inside {time}", time=f"{console.local(line.entered_at):%H:%M}"), "dim"
    if line.ticket_state == "refunded":
        return console.say("refunded"), "wrong"
    if line.ticket_state:
        return console.say("not used"), "strong"
    return console.say("not issued"), "dim"


def payment_words(console: Console, order: Order) -> list[str]:
    """`Cash 500.00`; what is not final says so."""
    names = {"cash": console.say("Cash"), "qr": console.say("QR payment")}
    states = {
        "waiting": console.say("waiting"),
        "declined": console.say("declined"),
        "cancelled": console.say("taken back"),
        "unknown": console.say("unknown, asked again"),
    }
    return [
        " ".join(
            filter(
                None,
                (
                    names.get(one.tender, one.tender),
                    console.money.format_plain(one.amount_minor),
                    states.get(one.state, ""),
                ),
            )
        )
        for one in order.payments
    ]


def draw_actions(canvas: Canvas, console: Console, order: Order | None) -> None:
    """What can be done; what can't is dim, with the reason."""
    say = console.say
    canvas.frame(say("Do"))
    if order is None:
        return
    reason = why_no_reprint(console, order)
    canvas.run(
        1,
        2,
        ("P", "dim" if reason else "key"),
        ("  " + say("reprint, voids the old"), "dim" if reason else "text"),
    )
    if not reason and not console.may("sales.reprint"):
        reason = say("a manager approves it")
    if reason:
        canvas.put(2, 5, shorten(reason, canvas.columns - 7), "dim")
    row = 4
    if order.state == "paid" and any(line.print_state != "printed" for line in order.lines):
        canvas.run(row, 2, ("L", "key"), ("  " + say("print what is missing"), "text"))
    elif order.state == "held":
        canvas.run(row, 2, ("O", "key"), ("  " + say("open in the cart"), "text"))


def why_no_reprint(console: Console, order: Order) -> str:
    """Why this order's paper can't be printed anew here; empty if it can."""
    if order.state != "paid":
        return console.say("not paid")
    if console.paper is None:
        return console.say("no printer here")
    return ""


def draw_history(canvas: Canvas, console: Console, order: Order | None) -> None:
    """What has happened, in order, two in a row."""
    canvas.frame(console.say("History"))
    if order is None:
        return
    events = history(console, order)
    room = 2 * (canvas.rows - 2)
    half = canvas.columns // 2
    for index, (at, words) in enumerate(events[-room:]):
        row, column = divmod(index, 2)
        start = 2 if column == 0 else half
        edge = half - 2 if column == 0 else canvas.columns - 2
        column = canvas.put(row + 1, start, f"{console.local(at):%H:%M:%S}  ", "dim")
        canvas.put(row + 1, column, shorten(words, edge - column))


def history(console: Console, order: Order) -> list[tuple[datetime, str]]:
    """All that the order itself tells of its past."""
    say = console.say
    count = len(order.lines)
    events = [(order.placed_at, say("held {count}, {station}", count=count, station=order.station))]
    for payment, words in zip(order.payments, payment_words(console, order), strict=True):
        events.append((payment.at, words))
    if order.paid_at is not None:
        events.append((order.paid_at, say("sold {count}, {staff}", count=count, staff=order.staff)))
    for number, line in enumerate(order.lines, start=1):
        if line.entered_at is not None:
            events.append((line.entered_at, say("#{number} entered", number=number)))
    return sorted(events, key=lambda event: event[0])
