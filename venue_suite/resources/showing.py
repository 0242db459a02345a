"""Values as screens show them. Pure; the console draws with it as the back office does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from venue_suite.domain.localized import Localized, localized
from venue_suite.resources import fields
from venue_suite.resources.fields import Field
from venue_suite.resources.notation import Notation

NUMERIC = frozenset({fields.NUMBER, fields.MONEY})  # aligned at the right


def show(
    one: Field, value: Any, names: Mapping[str, Localized], notation: Notation, language: str
) -> str:
    """A value as one short text. `names`: of the records that references lead to, by field."""
    if value is None or value == "":
        return ""
    match one.kind:
        case fields.LOCALIZED:
            text = localized(value, language)
        case fields.MONEY:
            text = notation.currency.format(value)
        case fields.CHOICE:
            text = localized(one.choice_label(value), language)
        case fields.CHOICES:
            text = ", ".join(localized(one.choice_label(key), language) for key in value)
        case fields.REFERENCE:
            text = localized(names.get(one.name, {}), language) or str(value)
        case _:
            text = notation.write(one, value)
    unit = localized(one.unit, language)
    return f"{text} {unit}" if unit else text
