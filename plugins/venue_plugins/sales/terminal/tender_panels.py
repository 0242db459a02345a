"""The panels of the tender screen: the order, the tenders, cash with its change, the QR code."""

from __future__ import annotations

from collections.abc import Sequence

from venue_terminal.canvas import Canvas
from venue_terminal.cells import fit, shorten, spaced, wrap
from venue_terminal.console import Console
from venue_terminal.formats import minutes
from venue_terminal.widgets.qr_code import draw_code

from venue_plugins.sales.terminal.cash import notes_to_give, quick_amounts
from venue_plugins.sales.terminal.figures import HEIGHT, draw_figures, figures_width
from venue_plugins.sales.terminal.sell_panels import draw_groups, when_and_where
from venue_plugins.sales.terminal.tender import CASH, QR, Phase, Tender
from venue_plugins.sales.wire import Order, TicketType
from venue_suite.texts import N_

TENDERS: tuple[tuple[int, str], ...] = (
    (CASH, N_("Cash")),
    (QR, N_("QR: the customer scans it")),
)


def draw_tender_order(
    canvas: Canvas, console: Console, order: Order, types: Sequence[TicketType]
) -> None:
    """What is sold, what it costs, what is still due."""
    canvas.frame(console.say("Order"))
    edge, bottom = canvas.columns - 2, canvas.rows - 4
    canvas.put(1, 2, order.number, "strong")
    title = console.name(order.performance.title)
    canvas.put(2, 2, shorten(title, edge - 2), "dim")
    canvas.put(3, 2, shorten(when_and_where(console, order.performance), edge - 2), "dim")
    draw_groups(canvas, console, order, types, 4, bottom)
    canvas.put(bottom, 2, console.say("To pay"), "strong")
    canvas.right(bottom, edge, console.money.format(order.total_minor), "money")
    if order.paid_minor:
        canvas.put(bottom + 1, 2, console.say("Taken"))
        canvas.right(bottom + 1, edge, console.money.format_plain(order.paid_minor))
    canvas.put(bottom + 2, 2, console.say("Still due"), "strong")
    due = console.money.format(order.total_minor - order.paid_minor)
    canvas.right(bottom + 2, edge, due, "money")


def draw_tenders(canvas: Canvas, console: Console, chosen: int) -> None:
    """The ways to pay, by number."""
    canvas.frame(console.say("Tender"), console.say("number + Enter"))
    for row, (number, name) in enumerate(TENDERS, start=1):
        if number == chosen:
            canvas.put(row, 1, " " * (canvas.columns - 2), "chosen")
        canvas.put(row, 2, str(number), "chosen" if number == chosen else "key")
        canvas.put(
            row,
            4,
            shorten(console.say(name), canvas.columns - 6),
            "chosen" if number == chosen else "text",
        )


def draw_cash(
    canvas: Canvas, console: Console, tender: Tender, typed: str, received_minor: int | None
) -> None:
    """Due, received, and the change so large that it is read from the drawer."""
    say, edge = console.say, canvas.columns - 4
    canvas.frame(say("Cash"), role="focus")
    payment = tender.cash_payment if tender.phase is Phase.PAID else None
    due = payment.amount_minor if payment else tender.due_minor
    received = payment.received_minor if payment else received_minor
    canvas.put(2, 3, say("Due"))
    canvas.right(2, edge, console.money.format_plain(due), "strong")
    canvas.put(4, 3, say("Received"))
    shown = typed if typed and not payment else console.money.format_plain(received or 0)
    canvas.put(4, edge - 16, fit(shown + " ", 16, right=True), "field")
    canvas.put(6, 3, "─" * (edge - 3), "line")
    # The server works the change out; before its answer this is the plain difference.
    change = payment.change_minor if payment else max(0, (received or 0) - due)
    _draw_change(canvas, console, change, edge, done=payment is not None)
    if payment is None:
        _draw_quick(canvas, console, due, edge)


def _draw_change(
    canvas: Canvas, console: Console, change_minor: int, edge: int, *, done: bool
) -> None:
    say = console.say
    word = say("CHANGE")
    canvas.put(8, 3, spaced(word) if word.isascii() else word.replace("", " ").strip(), "title")
    text = console.money.format_plain(change_minor)
    if figures_width(text) <= edge - 18:
        draw_figures(canvas, 7, edge, text, "money" if change_minor else "dim")
    else:
        canvas.right(7 + HEIGHT // 2, edge, text, "money")
    give = notes_to_give(change_minor, console.money)
    if give:
        money = console.money
        notes = "  ".join(
            f"{money.format_plain(value, short=True)} x {pieces}" for value, pieces in give
        )
        canvas.put(13, 3, say("Give"), "dim")
        canvas.put(13, 15, shorten(notes, edge - 15), "strong")
    if done:
        canvas.run(15, 3, ("✓ ", "fine"), (say("Paid. Any key goes on selling."), "strong"))


def _draw_quick(canvas: Canvas, console: Console, due_minor: int, edge: int) -> None:
    say = console.say
    quick = quick_amounts(due_minor)
    canvas.put(15, 3, say("Quick"), "dim")
    column = 15
    for key, amount in (
        ("Enter", quick.exact_minor),
        ("+", quick.plus_minor),
        ("++", quick.plus_plus_minor),
    ):
        words = f" {console.money.format_plain(amount, short=True)}   "
        column = canvas.run(15, column, (key, "key"), (words, "text"), edge=edge)
    canvas.run(17, 3, ("Enter", "key"), (" " + say("take the money and print"), "text"))
    canvas.run(18, 3, ("Esc", "key"), (" " + say("back, the seats stay held"), "text"))


def draw_asked(canvas: Canvas, console: Console, tender: Tender) -> None:
    """The payment was sent and its answer is not here."""
    say = console.say
    canvas.frame(say("Asked, waiting for the answer"), role="focus")
    lines = (
        ("strong", say("Don't take the money again.")),
        ("text", say("The payment was sent to the venue server. It may already be done.")),
        (
            "text",
            say("It is asked again every 2 s with the same number, so it can't happen twice."),
        ),
        ("dim", say("Operation {operation}", operation=tender.operation_id)),
    )
    row = 2
    for role, sentence in lines:
        for part in wrap(sentence, canvas.columns - 6):
            canvas.put(row, 3, part, role)
            row += 1
        row += 1
    waited = minutes(console.now_s() - tender.began_s) if tender.began_s else "00:00"
    words = say("Asked {count} times, {time} so far", count=tender.times_asked, time=waited)
    canvas.put(row, 3, words, "careful")


def draw_payer_code(canvas: Canvas, console: Console, tender: Tender) -> None:
    """The code that the payer's phone scans, or that the money has come."""
    say = console.say
    amount = console.money.format(tender.due_minor)
    canvas.frame(say("QR payment"), amount, role="focus", note_role="money")
    payment = tender.code_payment
    if tender.phase is Phase.PAID:
        canvas.run(2, 3, ("✓ ", "fine"), (say("Paid. Any key goes on selling."), "strong"))
        return
    if tender.phase is Phase.CANCELLING:
        canvas.put(2, 3, say("The code is being taken back ..."), "careful")
        return
    if payment is None or not payment.qr_text:
        canvas.put(2, 3, say("The payment service is making a code ..."), "dim")
        return
    if draw_code(canvas, payment.qr_text, 1, canvas.rows - 2):
        return
    canvas.put(2, 3, say("This terminal is too small for the code. Its text:"), "careful")
    for row, part in enumerate(wrap(payment.qr_text, canvas.columns - 6)):
        canvas.put(4 + row, 3, part, "strong")
