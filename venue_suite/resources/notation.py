"""Values as people write them, in forms and in files, and back. Pure; references excepted.

What `write` writes, `read` reads as the same value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from venue_suite.domain.money import Currency
from venue_suite.resources import fields
from venue_suite.resources.fields import Field
from venue_suite.texts import N_

_YES = frozenset({"yes", "y", "true", "1", "on", "是", "有", "对", "✓"})
_NO = frozenset({"no", "n", "false", "0", "off", "否", "无", "错", "✕"})
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_AMOUNT = re.compile(r"([+-]?)(\d{1,15})(?:\.(\d{1,6}))?", re.ASCII)
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"\d+,\d{1,2}", re.ASCII)
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?"
    r"(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
SEPARATOR = "|"  # between several choices in one cell


class NotReadable(ValueError):
    """A text that is no value of its field's kind.

    Attributes:
        code: stable, snake_case.
        template: the English sentence.
        params: its values.
    """

    def __init__(self, template: str, /, *, code: str, **params: object) -> None:
        super().__init__(template)
        self.code = code
        self.template = template
        self.params = params


@dataclass(frozen=True, slots=True)
class Notation:
    """How values are written at one venue."""

    currency: Currency
    zone: ZoneInfo

    def write(self, field: Field, value: Any) -> str:
        """A value as a text that `read` understands. Localized texts are written one by one."""
        if value is None:
            return ""
        writer = _WRITERS.get(field.kind)
        return str(value) if writer is None else writer(self, value)

    def read(self, field: Field, text: str) -> Any:
        """The value that a text stands for; empty texts are the field's empty value.

        Raises NotReadable.
        """
        if field.kind == fields.TEXT:
            return clean(text)
        folded = unicodedata.normalize("NFKC", text).strip()
        if not folded:
            return field.empty
        return _READERS[field.kind](self, field, folded)

    def write_money(self, amount_minor: int) -> str:
        return self.currency.format_plain(amount_minor).replace(",", "")

    def write_moment(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        text = f"{local:%Y-%m-%d %H:%M}"
        if local.second or local.microsecond:
            text += f":{local.second:02d}"
        if local.microsecond:
            text += f".{local.microsecond // 1000:03d}"
        if self.read_moment(text) != moment:  # the hour that comes twice when clocks go back
            text += f"{local:%z}"
        return text

    def read_moment(self, text: str) -> datetime:
        """Raises NotReadable."""
        found = _MOMENT.fullmatch(text)
        try:
            if found is None:
                raise ValueError(text)
            year, month, day, hour, minute, second, part, offset = found.groups()
            local = datetime(
                int(year),
                int(month),
                int(day),
                int(hour),
                int(minute),
                int(second or 0),
                int((part or "0").ljust(6, "0")) // 1000 * 1000,
                tzinfo=self.zone if not offset else _offset(offset),
            )
            return local.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            template = N_("This must be a time such as {example}.")
            raise NotReadable(template, code="no_moment", example="2026-11-28 19:30") from error


def clean(text: str) -> str:
    """A text as it is kept: composed characters, `\\n` between lines, no blanks around it."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return lines.strip()


def _offset(text: str) -> Any:
    return datetime.strptime(text.replace(":", ""), "%z").tzinfo


def _read_number(notation: Notation, field: Field, text: str) -> int:
    bare = text.replace(",", "") if _THOUSANDS.fullmatch(text.lstrip("+-")) else text
    if not _INTEGER.fullmatch(bare):
        raise NotReadable(N_("This must be a whole number."), code="no_number")
    return int(bare)


def _read_money(notation: Notation, field: Field, text: str) -> int:
    currency = notation.currency
    bare = text.replace(currency.symbol, "").replace(currency.code, "").replace("¥", "")
    bare = bare.replace(" ", "").replace("元", "")
    unsigned = bare.lstrip("+-")
    if _THOUSANDS.fullmatch(unsigned):
        bare = bare.replace(",", "")
    elif _DECIMAL_COMMA.fullmatch(unsigned):
        bare = bare.replace(",", ".")
    found = _AMOUNT.fullmatch(bare)
    if found is None:
        template = N_("This must be an amount such as {example}.")
        raise NotReadable(template, code="no_amount", example=notation.write_money(19600))
    sign, whole, part = found.groups()
    decimals = (part or "").rstrip("0")
    if len(decimals) > currency.exponent:
        template = N_("An amount has at most {count} decimals.")
        raise NotReadable(template, code="too_many_decimals", count=currency.exponent)
    minor: int = int(whole) * 10**currency.exponent + int(
        decimals.ljust(currency.exponent, "0") or 0
    )
    return -minor if sign == "-" else minor


def _read_flag(notation: Notation, field: Field, text: str) -> bool:
    word = text.casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise NotReadable(N_("This must be yes or no."), code="no_flag")


def _read_choice(notation: Notation, field: Field, text: str) -> str:
    word = text.casefold()
    for one in field.choices:
        names = (one.key, *one.label.values())
        if word in (unicodedata.normalize("NFKC", name).casefold() for name in names):
            return one.key
    raise NotReadable(
        N_("{value} is not one of: {choices}."),
        code="no_choice",
        value=text,
        choices=choices_of(field),
    )


def choices_of(field: Field) -> dict[str, str]:
    """All that a choice can be, in each language, in one line."""
    return {
        language: ", ".join(one.label.get(language, one.key) for one in field.choices)
        for language in fields.LANGUAGES
    }


def _read_choices(notation: Notation, field: Field, text: str) -> list[str]:
    parts = [part.strip() for part in text.split(SEPARATOR)]
    wanted = {_read_choice(notation, field, part) for part in parts if part}
    return [one.key for one in field.choices if one.key in wanted]


def _read_date(notation: Notation, field: Field, text: str) -> date:
    found = _DAY.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        year, month, day = found.groups()
        return date(int(year), int(month), int(day))
    except ValueError as error:
        template = N_("This must be a day such as {example}.")
        raise NotReadable(template, code="no_date", example="2026-11-28") from error


_WRITERS: dict[str, Callable[[Notation, Any], str]] = {
    fields.MONEY: Notation.write_money,
    fields.FLAG: lambda _, value: "yes" if value else "no",
    fields.CHOICES: lambda _, value: SEPARATOR.join(value),
    fields.DATE: lambda _, value: value.isoformat(),
    fields.MOMENT: Notation.write_moment,
}
_READERS: dict[str, Callable[[Notation, Field, str], Any]] = {
    fields.NUMBER: _read_number,
    fields.MONEY: _read_money,
    fields.FLAG: _read_flag,
    fields.CHOICE: _read_choice,
    fields.CHOICES: _read_choices,
    fields.DATE: _read_date,
    fields.MOMENT: lambda notation, _, text: notation.read_moment(text),
}
