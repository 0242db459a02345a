"""A form of the console as it is shown: which record, which line is marked, what stands there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual.app import ComposeResult

from venue_suite.resources import fields
from venue_suite.resources.wire import AnyPage, AnyRecord, ResourceCard
from venue_terminal.canvas import Canvas
from venue_terminal.console import Console
from venue_terminal.screens.base import ConsoleScreen
from venue_terminal.screens.form_drawing import draw_form, hint_of
from venue_terminal.screens.form_entries import Entry, make_entries
from venue_terminal.screens.table_drawing import notation_of
from venue_terminal.widgets.bars import Answer, draw_answer, draw_line, draw_live

OPTIONS_MAX = 200  # records that a reference is chosen from; others are found by their name
TYPED = frozenset(
    {fields.TEXT, fields.LOCALIZED, fields.NUMBER, fields.MONEY, fields.DATE, fields.MOMENT}
)


class ShownForm(ConsoleScreen):
    """A record on the screen, one field a line; `FormScreen` adds what the keys do."""

    DEFAULT_CSS = """
    ShownForm #line { height: 3; }
    ShownForm #foot { height: 2; }
    ShownForm #live { height: 1; }
    """

    def __init__(self, console: Console, place: str) -> None:
        super().__init__(console, place)
        self.card: ResourceCard | None = None
        self.record: AnyRecord | None = None
        self.version = ""
        self.entries: list[Entry] = []
        self.options: dict[str, list[AnyRecord]] = {}
        self.row = 0
        self.wants_removal = False
        self.wants_to_leave = False

    # --- opening ---------------------------------------------------------------------------

    def open(
        self, card: ResourceCard, record: AnyRecord | None, cards: Sequence[ResourceCard]
    ) -> None:
        """Show a record; None is a new one. `cards`: all tables, for what references lead to."""
        self.card, self.record = card, record
        self.version = record.version if record else ""
        self.wants_removal = self.wants_to_leave = False
        values = (
            {one.name: one.from_wire(record.values.get(one.name)) for one in card.fields}
            if record
            else {one.name: one.start for one in card.fields}
        )
        self.entries = make_entries(
            card.fields, values, notation_of(self.console), is_new=record is None
        )
        may_save = card.may.change if record else card.may.create
        for entry in self.entries:
            entry.is_locked |= not may_save
        self.answer = Answer()
        self.options = {}
        free = [row for row, entry in enumerate(self.entries) if not entry.is_locked]
        self.go_to(free[0] if free else 0)
        for one in card.fields:
            target = next((other for other in cards if other.id == one.reference), None)
            if target is not None:
                call = self.console.client.get(target.path, AnyPage, limit=OPTIONS_MAX)
                self.ask(call, partial(self._take_options, one.name))

    def _take_options(self, name: str, page: AnyPage) -> None:
        self.options[name] = page.items

    @property
    def entry(self) -> Entry | None:
        return self.entries[self.row] if self.entries else None

    def go_to(self, row: int) -> None:
        """Another line; what stands in it can be typed on."""
        self.row = max(0, min(len(self.entries) - 1, row))
        entry = self.entry
        is_typed = entry is not None and entry.field.kind in TYPED and not entry.is_locked
        self.typed = entry.text if entry is not None and is_typed else ""

    # --- drawing ---------------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        yield self.panel(self._draw, id="form")
        yield self.panel(self._draw_foot, id="foot")
        yield self.panel(self._draw_line, id="line")
        yield self.panel(lambda canvas: draw_live(canvas, self.console, 0, 1), id="live")

    def _draw(self, canvas: Canvas) -> None:
        if self.card is None:
            return
        say = self.console.say
        title = self.console.name(self.record.title) if self.record else say("New")
        note = self.console.name(self.card.label_one)
        canvas.frame(title, note, role="focus")
        draw_form(canvas, self.console, self.entries, self.row, self.options)

    def _draw_line(self, canvas: Canvas) -> None:
        entry = self.entry
        if entry is None:
            draw_line(canvas, self.console, "", self.typed, "")
            return
        name = self.console.name(entry.field.label)
        draw_line(canvas, self.console, name, self.typed, hint_of(self.console, entry))

    def _draw_foot(self, canvas: Canvas) -> None:
        entry = self.entry
        help_words = self.console.name(entry.field.help) if entry is not None else ""
        draw_answer(canvas, self.console, self.answer, (help_words, "dim"))
