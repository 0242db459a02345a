"""The panels of the seat screen: the map, its legend, and what is in the cart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from venue_terminal.canvas import Canvas, Run
from venue_terminal.cells import fit, shorten, spaced, width
from venue_terminal.console import Console
from venue_terminal.formats import minutes

from venue_plugins.sales.terminal.cart import group_lines, seat_words
from venue_plugins.sales.terminal.desk import Desk, ShownSeats
from venue_plugins.sales.terminal.seat_layout import (
    FREE,
    Floor,
    PlacedSeat,
    glyph,
    ranks_of,
    side_words,
)
from venue_plugins.sales.terminal.sell_panels import row_words
from venue_plugins.sales.wire import Seat, TicketType
from venue_suite.texts import N_

LABEL_COLUMNS = 3


@dataclass(slots=True)
class MapView:
    """What of a plan is looked at: a floor, and the seat under the cursor."""

    floor: Floor
    row: int = 0
    index: int = 0

    @property
    def here(self) -> PlacedSeat | None:
        rows = self.floor.rows
        return rows[self.row].seats[self.index] if rows else None


def draw_map(
    canvas: Canvas,
    console: Console,
    desk: Desk,
    view: MapView | None,
    mine: frozenset[int],
) -> None:
    """The floor, the stage above it, row names at both sides."""
    shown, show = desk.chosen_seats, desk.show
    if view is None or shown is None or show is None:
        canvas.frame(console.say("Seats"), role="focus")
        words = N_("Loading the seats ...")
        if show is None:
            words = N_("Choose a show first.")
        elif desk.detail:
            words = N_("This show has no numbered seats.")
        canvas.put(2, 3, console.say(words), "dim")
        return
    section = next(one for one in shown.plan.sections if one.code == view.floor.section)
    free = sum(shown.states[placed.seat.id] == FREE for placed in _all(view.floor))
    title = f"{console.name(show.hall)} {console.name(section.short)}  "
    title += f"{console.local(show.starts_at):%H:%M}"
    canvas.frame(title, console.say("{count} free", count=free), role="focus")
    _draw_stage(canvas, console.name(shown.plan.stage))
    _draw_rows(canvas, desk, view, shown, mine)
    _draw_foot(canvas, console, view, shown)


def _all(floor: Floor) -> list[PlacedSeat]:
    return [placed for row in floor.rows for placed in row.seats]


def _draw_stage(canvas: Canvas, name: str) -> None:
    wide = min(20, canvas.columns - 8)
    words = spaced(name.upper()) if name.isascii() else "   ".join(name)
    left = (canvas.columns - wide) // 2
    canvas.put(1, left, " " * wide, "stage")
    canvas.put(
        1, left + max(0, (wide - width(words)) // 2), fit(words, min(wide, width(words))), "stage"
    )


def _draw_rows(
    canvas: Canvas, desk: Desk, view: MapView, shown: ShownSeats, mine: frozenset[int]
) -> None:
    ranks = ranks_of(desk.detail.tiers) if desk.detail else {}
    rows, floor = canvas.rows - 5, view.floor
    first = _scroll(view.row, len(floor.rows), rows)
    start, end = 2 + LABEL_COLUMNS, canvas.columns - 2 - LABEL_COLUMNS
    shift = _shift(view, start, end)
    for y, row in enumerate(floor.rows[first : first + rows], start=2):
        label = "title" if first + y - 2 == view.row else "dim"
        canvas.put(y, 1, fit(row.name, LABEL_COLUMNS, right=True), label)
        canvas.put(y, end + 1, fit(row.name, LABEL_COLUMNS), label)
        for placed in row.seats:
            column = placed.column + shift
            if start <= column < end:
                seat = placed.seat
                sign, role = glyph(seat, shown.states[seat.id], ranks, mine=seat.id in mine)
                canvas.put(y, column, sign, "cursor" if placed is view.here else role)


def _scroll(chosen: int, count: int, room: int) -> int:
    """The first row that is shown, so that the chosen one is in view."""
    return max(0, min(chosen - room // 2, count - room))


def _shift(view: MapView, start: int, end: int) -> int:
    """From a floor's column to the canvas's; a floor that is too wide moves with the cursor."""
    floor, room = view.floor, end - start
    if floor.columns <= room:
        return start + (room - floor.columns) // 2 - floor.left
    here = view.here.column if view.here else 0
    first = max(floor.left, min(here - room // 2, floor.right - room + 1))
    return start - first


def _draw_foot(canvas: Canvas, console: Console, view: MapView, shown: ShownSeats) -> None:
    edge, row = canvas.columns - 2, canvas.rows - 3
    sides = side_words(view.floor)
    names = {"even": console.say("even"), "odd": console.say("odd")}
    if sides is not None:
        canvas.put(row, 2, names[sides[0]], "dim")
        canvas.right(row, edge, names[sides[1]], "dim")
    sections = shown.plan.sections
    if len(sections) > 1:
        at = next(i for i, one in enumerate(sections) if one.code == view.floor.section)
        following = console.name(sections[(at + 1) % len(sections)].short)
        words = console.say("PgDn {section}   [ ] level", section=following)
        canvas.put(row + 1, max(2, (canvas.columns - width(words)) // 2), words, "dim")


def draw_legend(canvas: Canvas, console: Console, desk: Desk) -> None:
    """Tiers with price and free seats, then the other signs."""
    canvas.frame(console.say("Legend"))
    detail, shown = desk.detail, desk.chosen_seats
    if detail is None or shown is None:
        return
    free = Counter(seat.tier for seat in shown.plan.seats if shown.states[seat.id] == FREE)
    row, edge = 1, canvas.columns - 2
    for tier in sorted(detail.tiers, key=lambda tier: tier.rank)[: canvas.rows - 6]:
        count = console.say("{count} free", count=free[tier.code])
        left = canvas.right(row, edge, count, "dim")
        price = console.money.format_plain(tier.full_price_minor, short=True)
        canvas.put(row, 2, str(tier.rank), f"tier{min(tier.rank, 4)}")
        canvas.put(row, 5, shorten(f"{price} {console.name(tier.name)}", left - 6))
        row += 1
    signs: tuple[tuple[Run, str], ...] = (
        (("~", "held"), console.say("in another cart")),
        (("&", "fine"), console.say("wheelchair, companion")),
        ((" 1 ", "mine"), console.say("yours")),
    )
    canvas.run(row, 2, (".", "gone"), ("  " + console.say("sold"), "dim"))
    canvas.run(row, 16, ("h", "held"), ("  " + console.say("held back"), "dim"))
    for below, (sign, words) in enumerate(signs, start=1):
        column = canvas.run(row + below, 2, sign)
        canvas.put(row + below, max(5, column + 1), words, "text" if sign[1] == "mine" else "dim")


def draw_yours(canvas: Canvas, console: Console, desk: Desk, kind: TicketType | None) -> None:
    """The seats in the cart, what they cost, and the keys."""
    say, order, edge = console.say, desk.order, canvas.columns - 2
    count = len(order.lines) if order else 0
    note = say("held {time}", time=minutes(desk.hold_left_s())) if order else ""
    canvas.frame(say("Yours: {count}", count=count), note, note_role="careful")
    if order is not None:
        seats = seat_words(order.lines)
        words = ";  ".join(row_words(console, line, numbers) for line, numbers in seats)
        canvas.put(1, 2, shorten(words, edge - 2), "strong")
        groups = ", ".join(
            f"{len(group.lines)} {console.name(group.lines[0].ticket_type)}"
            for group in group_lines(order.lines)
        )
        canvas.put(2, 2, shorten(groups, edge - 2), "dim")
        canvas.put(3, 2, say("To pay"))
        canvas.right(3, edge, console.money.format(order.total_minor), "money")
    _draw_keys(canvas, console, kind)


def _draw_keys(canvas: Canvas, console: Console, kind: TicketType | None) -> None:
    say, row = console.say, max(4, canvas.rows - 6)
    name = console.name(kind.name) if kind else ""
    rows: tuple[tuple[tuple[str, str], ...], ...] = (
        ((say("Arrows"), say("move")), (say("Space"), say("take, give"))),
        (("T", say("type: {name}", name=name)),),
        (("B", say("best")), ("7.1", say("jump to a seat"))),
        (("Esc", say("back")), ("Enter", say("pay"))),
    )
    for below, pairs in enumerate(rows):
        column = 2
        for key, words in pairs:
            parts = ((key, "key"), (f" {words}  ", "text"))
            column = canvas.run(row + below, column, *parts, edge=canvas.columns - 1)


def here_words(console: Console, desk: Desk, view: MapView, mine: frozenset[int]) -> str:
    """The seat under the cursor in words: `Stalls row 7 seat 5, First 280, free, right free`."""
    shown, detail, placed = desk.chosen_seats, desk.detail, view.here
    if shown is None or detail is None or placed is None:
        return ""
    seat = placed.seat
    section = next(one for one in shown.plan.sections if one.code == seat.section)
    name = console.say(
        "{section} row {row} seat {seat}",
        section=console.name(section.short),
        row=seat.row,
        seat=seat.number,
    )
    parts = [name]
    for tier in detail.tiers:
        if tier.code == seat.tier:
            price = console.money.format_plain(tier.full_price_minor, short=True)
            parts.append(f"{console.name(tier.name)} {price}")
    if seat.kind == "wheelchair":
        parts.append(console.say("wheelchair place"))
    elif seat.kind == "companion":
        parts.append(console.say("companion"))
    parts.append(console.say("yours") if seat.id in mine else _state_words(console, shown, seat))
    parts.extend(_side_free(console, shown.states, view))
    return ", ".join(parts)


def _state_words(console: Console, shown: ShownSeats, seat: Seat) -> str:
    words = {
        "free": console.say("free"),
        "held": console.say("in another cart"),
        "sold": console.say("sold"),
        "blocked": console.say("held back"),
    }
    state = shown.states[seat.id]
    return words.get(state, state)


def _side_free(console: Console, states: Mapping[int, str], view: MapView) -> list[str]:
    """Which neighbours in the same block are free."""
    seats = view.floor.rows[view.row].seats
    here = seats[view.index].seat
    words = []
    for by, sentence in ((-1, console.say("left free")), (1, console.say("right free"))):
        at = view.index + by
        if not 0 <= at < len(seats):
            continue
        beside = seats[at].seat
        if beside.block == here.block and states[beside.id] == FREE:
            words.append(sentence)
    return words
