"""The panels of the sell screen, drawn from the desk's state: shows, ticket types, cart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from venue_terminal.canvas import Canvas
from venue_terminal.cells import fit, shorten, width
from venue_terminal.console import Console
from venue_terminal.formats import minutes

from venue_plugins.sales.terminal.cart import CartGroup, price_groups, seat_words
from venue_plugins.sales.terminal.desk import Desk
from venue_plugins.sales.wire import Order, OrderLine, PerformanceCard, TicketType
from venue_suite.wording import format_date

FEW_PLACES = 20
HALL_COLUMNS_MAX = 10
FREE_COLUMNS = 4


def draw_shows(canvas: Canvas, console: Console, desk: Desk) -> None:
    """The list of shows: number, time, event, hall, places left."""
    say = console.say
    canvas.frame(_list_title(console, desk), say("/ find  + other day"), role="focus")
    edge = canvas.columns - 2
    free = edge - FREE_COLUMNS
    halls = [width(console.name(card.hall)) for card in desk.shows]
    hall = free - min(HALL_COLUMNS_MAX, max(halls, default=4)) - 1
    event = 4 + (len("11-28 19:30") if desk.search else len("19:30")) + 1
    canvas.put(1, 4, say("Time"), "dim")
    canvas.put(1, event, say("Event"), "dim")
    canvas.put(1, hall, say("Hall"), "dim")
    canvas.right(1, edge, say("Free"), "dim")
    room = canvas.rows - 4
    first = max(0, min(desk.row - room // 2, len(desk.shows) - room))
    for row, card in enumerate(desk.shows[first : first + room]):
        chosen = first + row == desk.row
        if chosen:
            canvas.put(row + 2, 1, " " * (canvas.columns - 2), "chosen")
        canvas.right(row + 2, 3, str(first + row + 1), "chosen" if chosen else "key")
        _draw_show(canvas, console, row + 2, card, chosen, (event, hall))
    if not desk.shows:
        canvas.put(3, 4, say("No shows to sell here."), "dim")
    canvas.put(canvas.rows - 2, 2, shorten(_show_words(console, desk), canvas.columns - 4), "dim")


def _list_title(console: Console, desk: Desk) -> str:
    if desk.search:
        return console.say("Found: {words}", words=desk.search)
    if desk.listed_day == console.today():
        return console.day_words(console.now())
    return format_date(desk.listed_day, console.language)


def _draw_show(
    canvas: Canvas,
    console: Console,
    row: int,
    card: PerformanceCard,
    chosen: bool,
    columns: tuple[int, int],
) -> None:
    event, hall = columns
    full = card.places_left <= 0
    base = "chosen" if chosen else "dim" if full else "text"
    starts = console.local(card.starts_at)
    canvas.put(row, 4, f"{starts:%H:%M}" if event == 10 else f"{starts:%m-%d %H:%M}", base)
    canvas.put(row, event, shorten(console.name(card.title), hall - event - 1), base)
    canvas.put(row, hall, shorten(console.name(card.hall), HALL_COLUMNS_MAX), base)
    few = card.places_left < FEW_PLACES
    role = "chosen" if chosen else "wrong" if full else "careful" if few else "strong"
    left = console.say("full") if full else str(card.places_left)
    canvas.right(row, canvas.columns - 2, left, role)


def _show_words(console: Console, desk: Desk) -> str:
    """`in 48 min  stalls 94  circle 48  wheelchair 3`"""
    show = desk.show
    if show is None:
        return ""
    parts = [_starts_words(console, show)]
    seats = desk.chosen_seats
    for section in seats.plan.sections if seats else ():
        free = (
            sum(
                seats.states[seat.id] == "free"
                for seat in seats.plan.seats
                if seat.section == section.code
            )
            if seats
            else 0
        )
        parts.append(f"{console.name(section.short)} {free}")
    if show.wheelchair_left:
        parts.append(console.say("wheelchair {count}", count=show.wheelchair_left))
    return "  ".join(parts)


def _starts_words(console: Console, show: PerformanceCard) -> str:
    away = show.starts_at - console.now()
    if away < timedelta(0):
        return console.say("began {count} min ago", count=int(-away.total_seconds() // 60))
    if away < timedelta(hours=3):
        return console.say("in {count} min", count=int(away.total_seconds() // 60))
    if away < timedelta(hours=24):
        return console.say("in {count} h", count=int(away.total_seconds() // 3600))
    return format_date(console.local(show.starts_at).date(), console.language)


def draw_types(canvas: Canvas, console: Console, desk: Desk) -> None:
    """Ticket types in two columns: letter, name, price or its range over the tiers."""
    canvas.frame(console.say("Ticket types"), console.say("letter = code"))
    room, last = canvas.rows - 2, canvas.columns - 2
    middle = last if len(desk.ticket_types) <= room else canvas.columns // 2
    for index, one in enumerate(desk.ticket_types[: 2 * room]):
        column, row = divmod(index, room)
        start, edge = (2, middle) if column == 0 else (middle + 3, last)
        _draw_type(canvas, console, row + 1, start, edge, one)


def _draw_type(
    canvas: Canvas, console: Console, row: int, start: int, edge: int, one: TicketType
) -> None:
    price = _price_range(console, one)
    left = canvas.right(row, edge, price, "text")
    canvas.put(row, start, one.code.casefold(), "key")
    name, note = console.name(one.name), console.name(one.note)
    room = left - start - 3
    canvas.put(row, start + 2, shorten(name, room))
    if note and width(name) + 1 + width(note) <= room:
        canvas.put(row, start + 3 + width(name), note, "dim")


def _price_range(console: Console, one: TicketType) -> str:
    prices = sorted(set(one.prices_minor.values()))
    if not prices:
        return "-"
    ends = dict.fromkeys((prices[0], prices[-1]))
    return "-".join(console.money.format_plain(price, short=True) for price in ends)


def draw_cart(canvas: Canvas, console: Console, desk: Desk) -> None:
    """What is held, what it costs by the server's word, and how long it is held."""
    order = desk.order
    left_s = desk.hold_left_s()
    note, role = "", "careful"
    if order is not None:
        note = console.say("held {time}", time=minutes(left_s))
        if not console.link.is_up and left_s <= 0:
            note, role = console.say("may have ended"), "wrong"
    canvas.frame(console.say("Cart"), note, note_role=role)
    bottom = canvas.rows - 6
    if order is None:
        canvas.put(2, 2, console.say("empty"), "dim")
    else:
        _draw_what(canvas, console, order)
        draw_groups(canvas, console, order, desk.ticket_types, 4, bottom - 1)
        _draw_total(canvas, console, order, bottom)
    _draw_cart_keys(canvas, console, has_order=order is not None)


def _draw_what(canvas: Canvas, console: Console, order: Order) -> None:
    card = order.performance
    canvas.put(1, 2, shorten(console.name(card.title), canvas.columns - 4), "strong")
    canvas.put(2, 2, shorten(when_and_where(console, card), canvas.columns - 4), "dim")


def when_and_where(console: Console, card: PerformanceCard) -> str:
    """`tonight 19:30, Main hall`, or with the day where it is not today's."""
    return console.say(
        "{day} {time}, {hall}",
        day=console.day_words(card.starts_at),
        time=f"{console.local(card.starts_at):%H:%M}",
        hall=console.name(card.hall),
    )


def draw_groups(
    canvas: Canvas, console: Console, order: Order, types: Sequence[TicketType], row: int, end: int
) -> int:
    """Tickets by type with their seats, then promotions and fees. Returns the row after them."""
    edge = canvas.columns - 2
    groups, extras = price_groups(order, types)
    tall = sum(1 + len(seat_words(group.lines)) for group in groups) + len(extras) <= end - row
    for number, group in enumerate(groups):
        if row >= end - len(extras):
            rest = console.say("+ {count} more lines", count=len(groups) - number)
            canvas.put(row - 1, 2, fit(rest, edge - 2))
            break
        row = _draw_group(canvas, console, group, row, tall)
    for line in extras[: max(0, end - row)]:
        role = "fine" if line.amount_minor < 0 else "text"
        left = canvas.right(row, edge, console.money.format_plain(line.amount_minor), role)
        canvas.put(row, 2, shorten(console.name(line.text), left - 3), role)
        row += 1
    return row


def _draw_group(canvas: Canvas, console: Console, group: CartGroup, row: int, tall: bool) -> int:
    edge = canvas.columns - 2
    name = f"{len(group.lines)} {console.name(group.lines[0].ticket_type)}"
    left = canvas.right(row, edge, console.money.format_plain(group.amount_minor))
    seats = [row_words(console, line, numbers) for line, numbers in seat_words(group.lines)]
    if not tall:
        canvas.put(row, 2, shorten("  ".join((name, *seats)), left - 3))
        return row + 1
    canvas.put(row, 2, shorten(name, left - 3))
    for words in seats:
        row += 1
        canvas.put(row, 4, shorten(words, edge - 4), "dim")
    return row + 1


def row_words(console: Console, line: OrderLine, numbers: list[str]) -> str:
    """`Stalls row 7, 1 3`"""
    return console.say(
        "{section} row {row}, {seats}",
        section=console.name(line.section),
        row=line.row,
        seats=" ".join(numbers),
    )


def _draw_total(canvas: Canvas, console: Console, order: Order, bottom: int) -> None:
    edge = canvas.columns - 2
    canvas.rule(bottom - 1)
    canvas.put(bottom, 2, console.say("To pay"), "strong")
    canvas.right(bottom, edge, console.money.format(order.total_minor), "money")
    tax = console.money.format_plain(order.tax_included_minor)
    canvas.put(bottom + 1, 2, console.say("incl. tax {amount}", amount=tax), "dim")


def _draw_cart_keys(canvas: Canvas, console: Console, *, has_order: bool) -> None:
    say, row = console.say, canvas.rows - 3
    if has_order:
        canvas.run(
            row,
            2,
            ("Enter", "key"),
            (f" {say('pay')}  ", "text"),
            ("Del", "key"),
            (f" {say('drop line')}", "text"),
        )
    canvas.run(
        row + 1,
        2,
        ("*", "key"),
        (f" {say('seat map')}  ", "text"),
        ("?", "key"),
        (f" {say('why this price')}", "text"),
    )
