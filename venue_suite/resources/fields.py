"""The fields of a maintained table, as a declaration says them and as screens are told them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from venue_suite.domain.localized import Localized

TEXT = "text"
LOCALIZED = "localized"  # a text in Chinese and English
NUMBER = "number"  # a whole number
MONEY = "money"  # minor units of the venue's currency
FLAG = "flag"  # yes or no
CHOICE = "choice"  # one of several
CHOICES = "choices"  # any of several
REFERENCE = "reference"  # the id of a record of another resource
DATE = "date"  # a day, `2026-11-28`
MOMENT = "moment"  # an instant, aware UTC

LANGUAGES = ("zh", "en")
LENGTH_MAX = 200
INTEGER_MAX = 2**53  # what every JSON reader counts exactly

# Kind -> what a value of it is in Python, and on the wire.
TYPES: dict[str, Any] = {
    TEXT: str,
    LOCALIZED: dict[str, str],
    NUMBER: int,
    MONEY: int,
    FLAG: bool,
    CHOICE: str,
    CHOICES: list[str],
    REFERENCE: int,
    DATE: date,
    MOMENT: datetime,
}
KINDS = tuple(TYPES)
# Kinds whose empty value is not None: an empty text, list or "no".
EMPTY: dict[str, Any] = {TEXT: "", LOCALIZED: {}, FLAG: False, CHOICE: "", CHOICES: []}

Values = dict[str, Any]  # field name -> value


class Choice(msgspec.Struct, frozen=True):
    """One of the values that a choice can have."""

    key: str
    label: Localized


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field.

    Attributes:
        name: of the field and of the row's attribute; snake_case.
        kind: one of `KINDS`.
        label: what it is called.
        help: one sentence below it in a form.
        section: heading of the part of the form that begins with this field; empty: goes on.
        unit: what a number counts ("min", "person").
        required: a record without it is refused.
        minimum, maximum: of numbers, and of amounts in minor units.
        length_max: of a text, in characters; of each language of a localized one.
        pattern: regular expression that the whole text must match.
        pattern_help: the same for people.
        unique: no two records have the same.
        read_only: set by the system; shown, never taken in.
        fixed: given when the record is made, never changed afterwards.
        in_list: shown in lists.
        searchable: a search looks into it (text, localized).
        long: a text of several lines.
        default: the value of a new record; None: empty.
        choices: of a choice.
        reference: `owner/name` of the resource that a reference leads to.
    """

    name: str
    kind: str
    label: Localized
    help: Localized = {}
    section: Localized = {}
    unit: Localized = {}
    required: bool = False
    minimum: int | None = None
    maximum: int | None = None
    length_max: int = LENGTH_MAX
    pattern: str = ""
    pattern_help: Localized = {}
    unique: bool = False
    read_only: bool = False
    fixed: bool = False
    in_list: bool = False
    searchable: bool = False
    long: bool = False
    default: Any = None
    choices: tuple[Choice, ...] = ()
    reference: str = ""

    @property
    def empty(self) -> Any:
        """What an empty field holds: "", {}, False, [] or None."""
        value = EMPTY.get(self.kind)
        return value.copy() if isinstance(value, list | dict) else value

    @property
    def start(self) -> Any:
        """What a new record holds before anybody fills it in."""
        return self.empty if self.default is None else self.default

    def is_empty(self, value: Any) -> bool:
        """Whether nothing was filled in. "No" is an answer."""
        if self.kind == FLAG:
            return value is None
        if self.kind == LOCALIZED and isinstance(value, dict):
            return not any(value.values())
        return value is None or value in ("", [], {})

    def from_wire(self, plain: Any) -> Any:
        """A value as JSON has it, in the type of this field."""
        if plain is None:
            return self.empty
        return msgspec.convert(plain, TYPES[self.kind])

    def choice_label(self, key: str) -> Localized:
        """What a choice is called; its key if it is none any more."""
        return next((one.label for one in self.choices if one.key == key), {"en": key})
