"""The columns of a maintained table in a file: headings, and cells as texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from venue_suite.domain.localized import localized
from venue_suite.resources import fields
from venue_suite.resources.csv_files import guard
from venue_suite.resources.declaration import Resource
from venue_suite.resources.fields import Field, Values
from venue_suite.resources.notation import Notation
from venue_suite.resources.reading import rows_by_ids, values_of

LANGUAGE_NAMES = {"zh": "中文", "en": "English"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a field, or one language of a localized one."""

    field: Field
    language: str = ""

    @property
    def name(self) -> str:
        """`name.zh`."""
        return f"{self.field.name}.{self.language}" if self.language else self.field.name

    def label(self, language: str) -> str:
        """`名称 中文`."""
        label = localized(self.field.label, language)
        return f"{label} {LANGUAGE_NAMES[self.language]}" if self.language else label


def columns_of(resource: Resource) -> list[Column]:
    """All columns, in the order of the fields."""
    return [
        Column(one, language)
        for one in resource.fields
        for language in (fields.LANGUAGES if one.kind == fields.LOCALIZED else ("",))
    ]


def column_names(resource: Resource) -> dict[str, Column]:
    """Every heading that names a column, folded: its name, and its labels in all languages."""
    found: dict[str, Column] = {}
    for column in columns_of(resource):
        for text in (column.label("zh"), column.label("en")):
            found.setdefault(fold(text), column)
    return found | {fold(column.name): column for column in columns_of(resource)}


def fold(heading: str) -> str:
    return " ".join(heading.casefold().split())


def reference_key(target: Resource) -> str:
    """The field that a file names a referenced record by; "" where only its id does."""
    if len(target.key) == 1 and target.by_name[target.key[0]].kind == fields.TEXT:
        return target.key[0]
    return ""


def reference_words(target: Resource, ids: set[int]) -> dict[int, str]:
    """Id -> how a file names it."""
    key = reference_key(target)
    if not key:
        return {one: str(one) for one in ids}
    return {row.id: str(values_of(target, row)[key]) for row in rows_by_ids(target, ids)}


def write_cells(
    resource: Resource, values: Values, notation: Notation, words: Mapping[str, Mapping[int, str]]
) -> list[str]:
    """One record as cells.

    Args:
        words: reference field -> id -> how the file names it.
    """
    return [
        write_cell(column, values[column.field.name], notation, words.get(column.field.name, {}))
        for column in columns_of(resource)
    ]


def write_cell(column: Column, value: Any, notation: Notation, words: Mapping[int, str]) -> str:
    """One value as a cell; texts are guarded, so that no spreadsheet takes them for formulas."""
    kind = column.field.kind
    if column.language:
        return guard(value.get(column.language, ""))
    if kind == fields.REFERENCE:
        return guard(words.get(value, "" if value is None else str(value)))
    text = notation.write(column.field, value)
    return guard(text) if kind == fields.TEXT else text
