"""The form of any maintained table at the console: one field a line, one line to type in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import msgspec
from textual.app import ComposeResult

from venue_suite.domain.errors import VenueError
from venue_suite.domain.localized import Localized
from venue_suite.resources import fields
from venue_suite.resources.notation import NotReadable
from venue_suite.resources.wire import (
    AnyPage,
    AnyRecord,
    FieldProblem,
    Removed,
    ResourceCard,
)
from venue_suite.texts import N_
from venue_terminal.canvas import Canvas
from venue_terminal.console import LANGUAGES, Console
from venue_terminal.outcomes import did_nothing
from venue_terminal.screens.base import ConsoleScreen
from venue_terminal.screens.form_drawing import draw_form, hint_of
from venue_terminal.screens.form_entries import (
    Entry,
    choices_of,
    make_entries,
    pick,
    read_entries,
    text_of,
    toggle,
    turn,
)
from venue_terminal.screens.table_drawing import notation_of
from venue_terminal.widgets.bars import Answer, draw_answer, draw_line

TABLES = "tables"
OPTIONS_MAX = 200  # records that a reference is chosen from; others are found by their name
_TYPED = frozenset(
    {fields.TEXT, fields.LOCALIZED, fields.NUMBER, fields.MONEY, fields.DATE, fields.MOMENT}
)


@dataclass(frozen=True, slots=True)
class Change:
    """What was sent and is not answered yet: it keeps its operation id."""

    operation_id: str
    path: str
    body: dict[str, Any]


class FormScreen(ConsoleScreen):
    """Fill in, save with F10. Nothing is overwritten that somebody else has changed meanwhile."""

    help_rows: ClassVar = (
        ("Enter", N_("take what is typed, go to the next field")),
        ("Up Down", N_("another field")),
        ("Left Right", N_("the next choice")),
        ("F10", N_("save")),
        ("Del", N_("remove the record; F10 confirms")),
        ("Esc", N_("take back what is typed; then back to the list")),
    )
    DEFAULT_CSS = """
    FormScreen #line { height: 3; }
    FormScreen #foot { height: 2; }
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
        self.sent: Change | None = None

    # --- opening ---------------------------------------------------------------------------

    def open(
        self, card: ResourceCard, record: AnyRecord | None, cards: Sequence[ResourceCard]
    ) -> None:
        """Show a record; None is a new one. `cards`: all tables, for what references lead to."""
        self.card, self.record, self.sent = card, record, None
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
        self._go_to(free[0] if free else 0)
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

    # --- keys ------------------------------------------------------------------------------

    def _go_to(self, row: int) -> None:
        """Another line; what stands in it can be typed on."""
        self.row = max(0, min(len(self.entries) - 1, row))
        entry = self.entry
        is_typed = entry is not None and entry.field.kind in _TYPED and not entry.is_locked
        self.typed = entry.text if entry is not None and is_typed else ""

    def submit(self, text: str) -> None:
        if self._take(text):
            self._go_to(self.row + 1)
        else:
            self.typed = text

    def _take(self, text: str) -> bool:
        """Put what was typed into the marked line. Returns whether it went in."""
        entry = self.entry
        if entry is None or entry.is_locked:
            return True
        self.answer, self.wants_to_leave = Answer(), False
        if entry.field.kind in _TYPED:
            entry.text = text.strip()
            return True
        if not text.strip():
            return True
        if entry.field.kind == fields.CHOICES:
            if text.strip().isdigit():
                toggle(entry, int(text.strip()[:3]))
            return False
        found = pick(entry, text, self.options, self.console.language)
        if len(found) == 1:
            entry.text = found[0]
            return True
        words = N_("{count} choices match this.") if found else N_("No choice matches this.")
        self.tell(self.console.say(words, count=len(found)), "careful")
        return False

    def move(self, key: str) -> None:
        entry = self.entry
        if key in ("up", "down", "tab", "shift+tab"):
            if self._take(self.typed):
                self._go_to(self.row + (1 if key in ("down", "tab") else -1))
        elif key in ("left", "right") and entry is not None and not entry.is_locked:
            if choices_of(entry, self.options):
                turn(entry, 1 if key == "right" else -1, self.options)
                self.typed = ""
        elif key == "delete":
            self._ask_removal()
        elif key == "escape":
            self._leave()

    def _leave(self) -> None:
        entry = self.entry
        self.wants_removal = False
        shown = entry.text if entry is not None and entry.field.kind in _TYPED else ""
        if self.typed != shown:
            self.typed = shown
        elif any(one.is_changed for one in self.entries) and not self.wants_to_leave:
            self.wants_to_leave = True
            words = self.console.say("Not saved yet: F10 saves, Esc once more takes it all back.")
            self.tell(words, "careful")
        else:
            self.console_app.go(TABLES)

    def may_leave(self) -> bool:
        return self.sent is None or not self.asked

    # --- saving ----------------------------------------------------------------------------

    def confirm_label(self) -> str:
        if self.wants_removal:
            return self.console.say("Remove")
        may_save = any(not entry.is_locked for entry in self.entries)
        return self.console.say("Save") if may_save else ""

    def confirm(self) -> None:
        if self.asked or self.card is None:
            return
        if self.wants_removal and self.record is not None:
            path = f"{self.card.path}/{self.record.id}/remove"
            self._send(path, {"version": self.version}, Removed)
        elif self._take(self.typed):
            self._save()

    def _save(self) -> None:
        assert self.card is not None, "a form is of a table"
        for entry in self.entries:
            entry.problem = {}
        try:
            values = read_entries(self.entries, notation_of(self.console))
        except NotReadable as error:
            self._point_at_unreadable(error)
            return
        if self.record is None:
            self._send(self.card.path, {"values": values}, AnyRecord)
        elif values:
            path = f"{self.card.path}/{self.record.id}/change"
            self._send(path, {"version": self.version, "values": values}, AnyRecord)
        else:
            self.console_app.go(TABLES)

    def _point_at_unreadable(self, error: NotReadable) -> None:
        notation = notation_of(self.console)
        for row, entry in enumerate(self.entries):
            try:
                read_entries([entry], notation)
            except NotReadable:
                say = self.console.texts.say_refusal
                entry.problem = {
                    language: say(error.template, error.params, language) for language in LANGUAGES
                }
                self._go_to(row)
                break
        self.tell(self.console.say("Not saved: see the marked field."), "wrong")

    def _send(self, path: str, body: dict[str, Any], shape: type[Any]) -> None:
        """The same change keeps its operation id, however often it is asked for."""
        if self.sent is None or (self.sent.path, self.sent.body) != (path, body):
            self.sent = Change(self.console.client.make_operation_id(), path, body)
        call = self.console.client.post(path, body, shape, operation_id=self.sent.operation_id)
        self.ask(call, self._saved, self._refused, blocks=True)

    def _saved(self, _: object) -> None:
        words = self.console.say("Removed.") if self.wants_removal else self.console.say("Saved.")
        self.sent = None
        self.entries = []
        self.console_app.go(TABLES)
        self.console_app.place(TABLES).tell(words, "fine")

    def _refused(self, error: VenueError) -> None:
        if did_nothing(error):
            self.sent = None
        if error.code == "fields_refused":
            self._point_at(error)
        elif error.code == "changed_meanwhile":
            self._compare(error)
        else:
            self.wants_removal = False
            self.tell_error(error)

    def _point_at(self, error: VenueError) -> None:
        """Each problem stands at its field; the first wrong field is marked."""
        problems = msgspec.convert(error.params["fields"], dict[str, list[FieldProblem]])
        for entry in self.entries:
            some = problems.get(entry.field.name, [])
            entry.problem = _joined([one.text for one in some])
        wrong = [row for row, entry in enumerate(self.entries) if entry.problem]
        if wrong:
            self._go_to(wrong[0])
        count = len(problems)
        words = self.console.say_count(
            "Not saved: {count} field is refused.", "Not saved: {count} fields are refused.", count
        )
        self.tell(words, "wrong")

    def _compare(self, error: VenueError) -> None:
        """Somebody else was faster: what is typed stays, what stands there now is shown beside."""
        values = msgspec.convert(error.params["values"], dict[str, Any])
        self.version = str(error.params["version"])
        self.wants_removal = False
        notation = notation_of(self.console)
        for entry in self.entries:
            value = entry.field.from_wire(values.get(entry.field.name))
            now = text_of(entry.field, entry.language, value, notation)
            entry.theirs = now if now != entry.text else None
            if not entry.is_changed:
                entry.text, entry.theirs = now, None
            entry.start = now
        self._go_to(self.row)
        words = self.console.say(
            "Somebody else changed this meanwhile. Compare, then F10 saves what is yours."
        )
        self.tell(words, "careful")

    def _ask_removal(self) -> None:
        if self.record is None or self.card is None or not self.card.may.remove:
            return
        self.wants_removal = True
        name = self.console.name(self.record.title)
        self.tell(self.console.say("Remove {name}? F10 removes, Esc keeps.", name=name), "careful")

    # --- drawing ---------------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        yield self.panel(self._draw, id="form")
        yield self.panel(self._draw_line, id="line")
        yield self.panel(self._draw_foot, id="foot")

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


def _joined(texts: Sequence[Localized]) -> Localized:
    if not texts:
        return {}
    return {language: " ".join(one.get(language, "") for one in texts) for language in LANGUAGES}
