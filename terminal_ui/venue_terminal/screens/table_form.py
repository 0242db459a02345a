"""The form of any maintained table at the console: one field a line, one line to type in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from venue_suite.domain.errors import VenueError
from venue_suite.domain.localized import Localized
from venue_suite.resources import fields
from venue_suite.resources.notation import NotReadable
from venue_suite.resources.wire import (
    AnyRecord,
    FieldProblem,
    Removed,
    ResourceCard,
)
from venue_suite.texts import N_
from venue_terminal.console import LANGUAGES, Console
from venue_terminal.outcomes import did_nothing
from venue_terminal.screens.form_entries import (
    choices_of,
    pick,
    read_entries,
    text_of,
    toggle,
    turn,
)
from venue_terminal.screens.shown_form import TYPED, ShownForm
from venue_terminal.screens.table_drawing import notation_of
from venue_terminal.widgets.bars import Answer

TABLES = "tables"


@dataclass(frozen=True, slots=True)
class Change:
    """What was sent and is not answered yet: it keeps its operation id."""

    operation_id: str
    path: str
    body: dict[str, Any]


class FormScreen(ShownForm):
    """Fill in, save with F10. Nothing is overwritten that somebody else has changed meanwhile."""

    help_rows: ClassVar = (
        ("Enter", N_("take what is typed, go to the next field")),
        ("Up Down", N_("another field")),
        ("Left Right", N_("the next choice")),
        ("F10", N_("save")),
        ("Del", N_("remove the record; F10 confirms")),
        ("Esc", N_("take back what is typed; then back to the list")),
    )

    def __init__(self, console: Console, place: str) -> None:
        super().__init__(console, place)
        self.sent: Change | None = None

    def open(
        self, card: ResourceCard, record: AnyRecord | None, cards: Sequence[ResourceCard]
    ) -> None:
        self.sent = None
        super().open(card, record, cards)

    # --- keys ------------------------------------------------------------------------------

    def submit(self, text: str) -> None:
        if self._take(text):
            self.go_to(self.row + 1)
        else:
            self.typed = text

    def _take(self, text: str) -> bool:
        """Put what was typed into the marked line. Returns whether it went in."""
        entry = self.entry
        if entry is None or entry.is_locked:
            return True
        self.answer, self.wants_to_leave = Answer(), False
        if entry.field.kind in TYPED:
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
                self.go_to(self.row + (1 if key in ("down", "tab") else -1))
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
        shown = entry.text if entry is not None and entry.field.kind in TYPED else ""
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
                self.go_to(row)
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
            # Of a text in two languages the first line tells it for both.
            is_first = entry.language in ("", fields.LANGUAGES[0])
            some = problems.get(entry.field.name, []) if is_first else []
            entry.problem = _joined([one.text for one in some])
        wrong = [row for row, entry in enumerate(self.entries) if entry.problem]
        if wrong:
            self.go_to(wrong[0])
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
        self.go_to(self.row)
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


def _joined(texts: Sequence[Localized]) -> Localized:
    if not texts:
        return {}
    return {language: " ".join(one.get(language, "") for one in texts) for language in LANGUAGES}
