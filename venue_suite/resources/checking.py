"""Whether values suit their fields. Pure; what needs the other records is checked elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from venue_suite.resources import fields
from venue_suite.resources.declaration import FieldRefusal, Resource
from venue_suite.resources.fields import Field, Values
from venue_suite.resources.notation import choices_of, clean
from venue_suite.texts import N_

TOLD_MAX = 10  # problems of one kind that are told; a stranger may send thousands
# A line end is told apart from them; all others break screens and papers.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_SENTENCES = {
    fields.TEXT: N_("This must be a text."),
    fields.LOCALIZED: N_("This must be texts by language: zh, en."),
    fields.NUMBER: N_("This must be a whole number."),
    fields.MONEY: N_("This must be an amount in minor units, a whole number."),
    fields.FLAG: N_("This must be yes or no."),
    fields.CHOICE: N_("This must be one of the choices."),
    fields.CHOICES: N_("This must be a list of choices."),
    fields.REFERENCE: N_("This must be the number of a record."),
    fields.DATE: N_("This must be a day such as 2026-11-28."),
    fields.MOMENT: N_("This must be a time with its zone, such as 2026-11-28T19:30:00+08:00."),
}


def take_values(
    resource: Resource, given: Mapping[str, Any], old: Values | None
) -> tuple[Values, list[FieldRefusal]]:
    """The whole record that these values make of the old one, and what is wrong with them.

    Args:
        given: field name -> value as JSON decodes it, or as Python has it.
        old: all values as they are; None for a new record.

    Returns:
        All fields; those with a refusal hold the old value, or the empty one.
    """
    known = resource.by_name
    values = {one.name: one.start for one in resource.fields} if old is None else dict(old)
    refused = [
        FieldRefusal(name[:64], code="no_field", template="There is no such field.")
        for name in [one for one in given if one not in known][:TOLD_MAX]
    ]
    for name, raw in given.items():
        if name in known:
            value, problems = take_value(known[name], raw)
            if not problems:
                problems = list(_not_changeable(known[name], value, old))
            refused += problems
            if not problems:
                values[name] = value
    faulty = {one.field for one in refused}
    for one in resource.fields:
        wanted = one.required and not one.read_only and one.name not in faulty
        if wanted and one.is_empty(values[one.name]):
            template = N_("This must be filled in.")
            refused.append(FieldRefusal(one.name, code="missing", template=template))
    return values, refused


def _not_changeable(field: Field, value: Any, old: Values | None) -> Iterator[FieldRefusal]:
    before = old[field.name] if old is not None else field.start
    if value == before:
        return
    if field.read_only:
        template = N_("This is set by the system.")
        yield FieldRefusal(field.name, code="read_only", template=template)
    elif field.fixed and old is not None:
        template = N_("This can't be changed any more.")
        yield FieldRefusal(field.name, code="fixed", template=template)


def take_value(field: Field, raw: Any) -> tuple[Any, list[FieldRefusal]]:
    """One value in its own type and form, and what is wrong with it."""
    if raw is None:
        return field.empty, []
    try:
        value = msgspec.convert(raw, fields.TYPES[field.kind])
        if field.kind == fields.MOMENT:
            value = _to_utc(value)
    except (msgspec.ValidationError, ValueError, OverflowError):
        refusal = FieldRefusal(field.name, code="wrong_kind", template=_SENTENCES[field.kind])
        return field.empty, [refusal]
    value = _normal(field, value)
    return value, list(_problems(field, value))


def _to_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a zone")
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def _normal(field: Field, value: Any) -> Any:
    if field.kind == fields.TEXT:
        return clean(value)
    if field.kind == fields.LOCALIZED:
        texts = {language: clean(text) for language, text in value.items()}
        return {language: text for language, text in texts.items() if text}
    if field.kind == fields.CHOICES:
        order = {one.key: place for place, one in enumerate(field.choices)}
        return sorted(set(value), key=lambda key: (order.get(key, len(order)), key))
    return value


def _problems(field: Field, value: Any) -> Iterator[FieldRefusal]:
    if field.kind == fields.TEXT:
        yield from _text_problems(field, value)
    elif field.kind == fields.LOCALIZED:
        if set(value) - set(fields.LANGUAGES):
            template = _SENTENCES[fields.LOCALIZED]
            yield FieldRefusal(field.name, code="wrong_kind", template=template)
        for text in value.values():
            yield from _text_problems(field, text)
    elif field.kind in (fields.NUMBER, fields.MONEY, fields.REFERENCE):
        yield from _number_problems(field, value)
    elif field.kind in (fields.CHOICE, fields.CHOICES):
        keys = {one.key for one in field.choices} | {""}
        chosen = value if field.kind == fields.CHOICES else [value]
        for key in [one for one in chosen if one not in keys][:TOLD_MAX]:
            yield FieldRefusal(
                field.name,
                code="no_choice",
                template=N_("{value} is not one of: {choices}."),
                params={"value": key[:64], "choices": choices_of(field)},
            )


def _text_problems(field: Field, text: str) -> Iterator[FieldRefusal]:
    if len(text) > field.length_max:
        yield FieldRefusal(
            field.name,
            code="too_long",
            template=N_("This has {length} characters; at most {limit} fit."),
            params={"length": len(text), "limit": field.length_max},
        )
    allowed = "\n\t" if field.long else ""
    if any(unicodedata.category(c) in _UNPRINTABLE and c not in allowed for c in text):
        template = N_("This holds a character that can't be printed.")
        yield FieldRefusal(field.name, code="unprintable", template=template)
    elif field.pattern and text and not re.fullmatch(field.pattern, text):
        yield FieldRefusal(
            field.name,
            code="wrong_form",
            template=N_("This must have the form: {form}."),
            params={"form": field.pattern_help},
        )


def _number_problems(field: Field, value: int) -> Iterator[FieldRefusal]:
    lowest = -fields.INTEGER_MAX if field.minimum is None else field.minimum
    highest = fields.INTEGER_MAX if field.maximum is None else field.maximum
    if field.kind == fields.REFERENCE:
        lowest = 1
    if value < lowest:
        yield FieldRefusal(
            field.name,
            code="too_small",
            template=N_("This must be at least {limit}."),
            params={"limit": lowest},
        )
    elif value > highest:
        yield FieldRefusal(
            field.name,
            code="too_large",
            template=N_("This must be at most {limit}."),
            params={"limit": highest},
        )
