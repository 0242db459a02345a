"""Draws the menu of the maintained tables, and the list of any one of them."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from venue_suite.resources import fields
from venue_suite.resources.fields import Field
from venue_suite.resources.notation import Notation
from venue_suite.resources.showing import NUMERIC, show
from venue_suite.resources.wire import AnyPage, AnyRecord, ResourceCard
from venue_terminal.canvas import Canvas
from venue_terminal.cells import fit, shorten, width
from venue_terminal.console import Console

COLUMN_CELLS_MIN, GAP = 6, 2


def notation_of(console: Console) -> Notation:
    """How values are written at the venue of a console."""
    zone = console.venue.time_zone if console.venue else "UTC"
    return Notation(console.money, ZoneInfo(zone))


def show_value(console: Console, record: AnyRecord, field: Field) -> str:
    """A value in the console's language."""
    value = field.from_wire(record.values.get(field.name))
    if field.kind == fields.FLAG:
        return console.say("yes") if value else console.say("no")
    return show(field, value, record.names, notation_of(console), console.language)


def draw_cards(canvas: Canvas, console: Console, cards: Sequence[ResourceCard], row: int) -> None:
    """The tables, numbered."""
    say, edge = console.say, canvas.columns - 2
    canvas.frame(say("Maintained tables"), role="focus")
    if not cards:
        canvas.put(2, 3, say("There is nothing here that you may do. Ask a manager."), "dim")
    first = max(0, row - (canvas.rows - 4))
    for place, card in enumerate(cards[first : first + canvas.rows - 3], start=first):
        y = 1 + place - first
        if place == row:
            canvas.put(y, 1, " " * (canvas.columns - 2), "chosen")
        role = "chosen" if place == row else "text"
        canvas.right(y, 5, str(place + 1), role if place == row else "key")
        column = canvas.put(y, 7, fit(console.name(card.label), 22), role)
        about = shorten(console.name(card.about), edge - column - 1)
        canvas.put(y, column + 1, about, role if place == row else "dim")


def draw_records(
    canvas: Canvas,
    console: Console,
    card: ResourceCard,
    page: AnyPage,
    at: tuple[int, int],
    search: str,
) -> None:
    """The list of a table.

    Args:
        at: the marked row of the page, and which page it is.
    """
    say, row = console.say, at[0]
    note = console.say_count("{count} record", "{count} records", page.total)
    if search:
        note = f"“{search}”  {note}"
    if page.next or at[1] > 1:
        note += "  " + say("page {number}", number=at[1])
    canvas.frame(console.name(card.label), shorten(note, canvas.columns - 24), role="focus")
    shown = [one for one in card.fields if one.in_list] or card.fields[:1]
    texts = [[show_value(console, record, one) for one in shown] for record in page.items]
    sizes = share_out(console, shown, texts, canvas.columns - 4)
    _draw_row(canvas, 1, [console.name(one.label) for one in shown], shown, sizes, "dim")
    room = canvas.rows - 3
    first = max(0, min(row - room // 2, len(texts) - room))
    for place, cells in enumerate(texts[first : first + room], start=first):
        y = 2 + place - first
        is_here = place == row
        retired = card.retired and not page.items[place].values.get(card.retired)
        if is_here:
            canvas.put(y, 1, " " * (canvas.columns - 2), "chosen")
        role = "chosen" if is_here else "gone" if retired else "text"
        _draw_row(canvas, y, cells, shown, sizes, role)
    if not page.items:
        canvas.put(3, 3, say("Nothing was found.") if search else say("No records yet."), "dim")


def share_out(
    console: Console, shown: Sequence[Field], texts: Sequence[Sequence[str]], room: int
) -> list[int]:
    """Cells for each column: what its texts need, and less for the widest where it is too much."""
    sizes = [
        max(
            COLUMN_CELLS_MIN,
            width(console.name(field.label)),
            *(width(cells[column]) for cells in texts),
        )
        for column, field in enumerate(shown)
    ]
    while sum(sizes) + GAP * (len(sizes) - 1) > room and max(sizes) > COLUMN_CELLS_MIN:
        sizes[sizes.index(max(sizes))] -= 1
    return sizes


def _draw_row(
    canvas: Canvas,
    y: int,
    cells: Sequence[str],
    shown: Sequence[Field],
    sizes: Sequence[int],
    role: str,
) -> None:
    column, edge = 2, canvas.columns - 2
    for text, field, size in zip(cells, shown, sizes, strict=True):
        if column >= edge:
            return
        fitted = fit(shorten(text, size), size, right=field.kind in NUMERIC)
        canvas.put(y, column, fitted, role, edge)
        column += size + GAP
