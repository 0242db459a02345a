"""Values as pages show them, and the entries of a form."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from venue_suite.domain.localized import Localized, localized
from venue_suite.resources import fields
from venue_suite.resources.fields import Field, Values
from venue_suite.resources.notation import Notation
from venue_suite.resources.served import Problems


@dataclass(slots=True)
class Entry:
    """One field of a form.

    Attributes:
        texts: what stands in it: "" -> text, or language -> text.
        options: (value, label, chosen) of a choice or a reference.
        is_locked: shown only.
        problems: what is wrong with what was typed.
    """

    field: Field
    label: str
    help: str
    unit: str
    texts: dict[str, str]
    options: list[tuple[str, str, bool]] = dataclasses.field(default_factory=list)
    is_on: bool = False
    is_locked: bool = False
    problems: list[str] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a form under its heading."""

    title: str
    entries: list[Entry]


Options = Mapping[str, list[tuple[int, Localized]]]  # reference field -> what it may lead to


def texts_of(one: Field, values: Values, notation: Notation) -> dict[str, str]:
    """A value as the texts of its inputs."""
    value = values[one.name]
    if one.kind == fields.LOCALIZED:
        return {language: value.get(language, "") for language in fields.LANGUAGES}
    if one.kind == fields.REFERENCE:
        return {"": "" if value is None else str(value)}
    return {"": notation.write(one, value)}


def make_entry(
    one: Field,
    texts: dict[str, str],
    options: Options,
    problems: Problems,
    language: str,
) -> Entry:
    """One field with what stands in it now."""
    text = texts.get("", "")
    entry = Entry(
        field=one,
        label=localized(one.label, language),
        help=localized(one.help, language),
        unit=localized(one.unit, language),
        texts=texts,
        problems=[localized(problem.text, language) for problem in problems.get(one.name, [])],
    )
    if one.kind == fields.FLAG:
        entry.is_on = text == "yes"
    elif one.kind in (fields.CHOICE, fields.CHOICES):
        chosen = text.split("|")
        entry.options = [
            (choice.key, localized(choice.label, language), choice.key in chosen)
            for choice in one.choices
        ]
    elif one.name in options:
        entry.options = [
            (str(record), localized(title, language), str(record) == text)
            for record, title in options[one.name]
        ]
    return entry


def in_sections(entries: list[Entry], language: str) -> list[Section]:
    """Entries under the headings that their fields begin."""
    found: list[Section] = []
    for entry in entries:
        if entry.field.section or not found:
            found.append(Section(localized(entry.field.section, language), []))
        found[-1].entries.append(entry)
    return found
