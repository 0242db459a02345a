"""Draws a form of the console: labels, what stands in the fields, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from venue_suite.resources import fields
from venue_suite.resources.notation import SEPARATOR
from venue_terminal.canvas import Canvas
from venue_terminal.cells import fit, shorten
from venue_terminal.console import Console
from venue_terminal.screens.form_entries import Entry, Options, label_of

LABEL_CELLS = 24
LANGUAGE_NAMES = {"zh": "中文", "en": "English"}


def draw_form(
    canvas: Canvas, console: Console, entries: Sequence[Entry], row: int, options: Options
) -> None:
    """One line a field; below a refused one why, below a changed one what somebody else wrote."""
    lines: list[tuple[int, str, str]] = []  # entry, what is said below it ("" for itself), role
    for at, entry in enumerate(entries):
        lines.append((at, "", ""))
        if entry.theirs is not None:
            theirs = show_text(console, entry, entry.theirs, options) or "-"
            lines.append((at, console.say("now: {value}", value=theirs), "careful"))
        if entry.problem:
            lines.append((at, "✕ " + console.name(entry.problem), "wrong"))
    room = canvas.rows - 2
    marked = next((y for y, (at, words, _) in enumerate(lines) if at == row and not words), 0)
    first = max(0, min(marked - room // 2, len(lines) - room))
    for y, (at, words, role) in enumerate(lines[first : first + room], start=1):
        if words:
            room_left = canvas.columns - LABEL_CELLS - 6
            canvas.put(y, LABEL_CELLS + 4, shorten(words, room_left), role)
        else:
            _draw_entry(canvas, console, y, entries[at], options, is_here=at == row)


def _draw_entry(
    canvas: Canvas, console: Console, y: int, entry: Entry, options: Options, *, is_here: bool
) -> None:
    label = console.name(entry.field.label)
    if entry.language:
        label += f" {LANGUAGE_NAMES[entry.language]}"
    must = "*" if entry.field.required and not entry.is_locked else " "
    canvas.put(y, 2, "▲" if entry.is_changed else " ", "careful")
    canvas.put(y, 3, must, "key")
    canvas.put(y, 4, fit(label, LABEL_CELLS - 2), "title" if is_here else "text")
    size = canvas.columns - LABEL_CELLS - 6
    text = shorten(show_text(console, entry, entry.text, options).replace("\n", " "), size - 2)
    role = "chosen" if is_here else "dim" if entry.is_locked else "field"
    canvas.put(y, LABEL_CELLS + 4, fit(f" {text}", size), role)


def show_text(console: Console, entry: Entry, text: str, options: Options) -> str:
    """What stands in a line, as people read it."""
    kind = entry.field.kind
    if kind == fields.FLAG:
        return console.say("yes") if text == "yes" else console.say("no")
    if kind == fields.CHOICES:
        chosen = text.split(SEPARATOR)
        return "  ".join(
            f"{number} {'✓' if one.key in chosen else '·'} {console.name(one.label)}"
            for number, one in enumerate(entry.field.choices, start=1)
        )
    if kind in (fields.CHOICE, fields.REFERENCE) and text:
        return label_of(entry, text, options, console.language)
    unit = console.name(entry.field.unit)
    return f"{text} {unit}" if unit and text else text


def hint_of(console: Console, entry: Entry) -> str:
    """How the marked field is filled in."""
    kind = entry.field.kind
    if entry.is_locked:
        return console.say("can't be changed")
    if kind == fields.CHOICES:
        return console.say("number takes in or out")
    if kind in (fields.CHOICE, fields.FLAG, fields.REFERENCE):
        return console.say("Left Right, or the name")
    return console.say("Enter next  F10 save")
