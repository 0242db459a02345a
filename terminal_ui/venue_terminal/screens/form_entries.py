"""What stands in a form of the console: one entry a line, texts as they were typed. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from venue_suite.domain.localized import Localized, localized
from venue_suite.resources import fields
from venue_suite.resources.fields import Field
from venue_suite.resources.notation import SEPARATOR, Notation
from venue_suite.resources.wire import AnyRecord

Options = Mapping[str, Sequence[AnyRecord]]  # reference field -> what it may lead to


@dataclass(slots=True)
class Entry:
    """One line of a form.

    Attributes:
        field: what it is of.
        language: of a localized text; "" for others.
        text: what stands there: of references the id, of choices the key.
        start: what stood there when the form was opened.
        is_locked: shown only.
        problem: why it was refused, in every language.
        theirs: what somebody else wrote there meanwhile; None for nothing.
    """

    field: Field
    language: str
    text: str
    start: str
    is_locked: bool = False
    problem: Localized = dataclasses.field(default_factory=dict)
    theirs: str | None = None

    @property
    def is_changed(self) -> bool:
        return self.text != self.start


def make_entries(
    declared: Sequence[Field], values: Mapping[str, Any], notation: Notation, *, is_new: bool
) -> list[Entry]:
    """The lines of a form; a localized text takes one a language."""
    found = []
    for one in declared:
        is_locked = one.read_only or (one.fixed and not is_new)
        for language in fields.LANGUAGES if one.kind == fields.LOCALIZED else ("",):
            text = text_of(one, language, values.get(one.name), notation)
            found.append(Entry(one, language, text, text, is_locked))
    return found


def text_of(one: Field, language: str, value: Any, notation: Notation) -> str:
    """A value as the text of its line."""
    if language:
        return str((value or {}).get(language, ""))
    if one.kind == fields.REFERENCE:
        return "" if value is None else str(value)
    return notation.write(one, value)


def read_entries(entries: Sequence[Entry], notation: Notation) -> dict[str, Any]:
    """The values of all fields that were changed, as the wire has them.

    Raises NotReadable of the first text that is no value; `problem` tells it at its entry.
    """
    found: dict[str, Any] = {}
    for entry in entries:
        one = entry.field
        if one.name in found or not any(
            other.is_changed for other in entries if other.field.name == one.name
        ):
            continue
        if one.kind == fields.LOCALIZED:
            found[one.name] = {
                other.language: other.text for other in entries if other.field.name == one.name
            }
        elif one.kind == fields.REFERENCE:
            found[one.name] = int(entry.text) if entry.text else None
        else:
            found[one.name] = msgspec.to_builtins(notation.read(one, entry.text))
    return found


def turn(entry: Entry, step: int, options: Options) -> None:
    """The next choice of a line that has some; nothing happens to others."""
    keys = choices_of(entry, options)
    if not keys or entry.field.kind == fields.CHOICES:
        return
    at = keys.index(entry.text) if entry.text in keys else -1 if step > 0 else 0
    entry.text = keys[(at + step) % len(keys)]


def choices_of(entry: Entry, options: Options) -> list[str]:
    """All that a line can hold, where that is a choice."""
    one = entry.field
    if one.kind == fields.FLAG:
        return ["yes", "no"]
    if one.kind in (fields.CHOICE, fields.CHOICES):
        return [choice.key for choice in one.choices]
    if one.kind == fields.REFERENCE:
        return [str(record.id) for record in options.get(one.name, ())]
    return []


def toggle(entry: Entry, number: int) -> None:
    """Take a choice of several in, or out again. `number` counts from 1."""
    if not 1 <= number <= len(entry.field.choices):
        return
    key = entry.field.choices[number - 1].key
    chosen = set(filter(None, entry.text.split(SEPARATOR)))
    chosen ^= {key}
    entry.text = SEPARATOR.join(one.key for one in entry.field.choices if one.key in chosen)


def pick(entry: Entry, words: str, options: Options, language: str) -> list[str]:
    """Which choices of a line words stand for: by number, name or beginning of a name."""
    wanted = words.casefold().strip()
    keys = choices_of(entry, options)
    labels = {key: label_of(entry, key, options, language).casefold() for key in keys}
    same = [key for key in keys if wanted in (key.casefold(), labels[key])]
    begins = [key for key in keys if labels[key].startswith(wanted)]
    return same or begins or [key for key in keys if wanted in labels[key]]


def label_of(entry: Entry, key: str, options: Options, language: str) -> str:
    """What a choice is called."""
    one = entry.field
    if one.kind == fields.REFERENCE:
        titles = (record.title for record in options.get(one.name, ()) if str(record.id) == key)
        return localized(next(titles, {}), language) or key
    return localized(one.choice_label(key), language) if one.choices else key
