"""The values of one paper, checked against what its design declares."""

from __future__ import annotations

from collections.abc import Mapping

from venue_suite.paper.design import Design, Field
from venue_suite.paper.errors import PaperValueInvalid, PaperValueMissing
from venue_suite.paper.typeset import clean_text

ROWS_MAX = 200  # rows of one table; a receipt of that length is two metres of paper


class Values:
    """Looks up fields, those of the current row first."""

    def __init__(
        self,
        exact: Mapping[str, str],
        texts: Mapping[str, str],
        tables: Mapping[str, list[Values]],
    ) -> None:
        self._exact = exact
        self._texts = texts
        self._tables = tables

    def text(self, name: str) -> str:
        """The text of a field, empty if it has none."""
        return self._texts.get(name, "")

    def exact(self, name: str) -> str:
        """The text as it was given, for codes: a token may hold several spaces in a row."""
        return self._exact.get(name, "")

    def rows(self, name: str) -> list[Values]:
        """The rows of a table, each seeing the sheet's fields too."""
        return self._tables.get(name, [])

    def has(self, name: str) -> bool:
        return bool(self.text(name) or self.rows(name))


def read_values(name: str, design: Design, given: Mapping[str, object]) -> Values:
    """Check and clean what was given. Fields that the design does not know are ignored.

    With `first_language` = `en` each pair of fields `*_zh`, `*_en` changes places, so that English
    stands where the design puts the first language.

    Raises:
        PaperValueMissing: a required field has no value.
        PaperValueInvalid: a value that is neither text nor number, or not a list of rows.
    """
    exact: dict[str, str] = {}
    raw_tables: dict[str, list[Mapping[str, object]]] = {}
    for key, field in design.fields.items():
        value = given.get(key)
        if field.rows:
            raw_tables[key] = _table(name, key, value)
        else:
            exact[key] = _text(name, key, value)
        if field.required and not (clean_text(exact.get(key, "")) or raw_tables.get(key)):
            raise PaperValueMissing(design=name, field=key)
    texts = {key: clean_text(text) for key, text in exact.items()}
    if given.get("first_language") == "en":
        texts = _english_first(texts)
    tables = {
        key: [_row(name, key, design.fields[key], row, (exact, texts)) for row in rows]
        for key, rows in raw_tables.items()
    }
    return Values(exact, texts, tables)


def _text(name: str, key: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise PaperValueInvalid(design=name, field=key, reason="it is not a text")


def _table(name: str, key: str, value: object) -> list[Mapping[str, object]]:
    if value is None:
        return []
    if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
        raise PaperValueInvalid(design=name, field=key, reason="it is not a list of rows")
    if len(value) > ROWS_MAX:
        raise PaperValueInvalid(design=name, field=key, reason="it has too many rows")
    return list(value)


def _row(
    name: str,
    key: str,
    field: Field,
    row: Mapping[str, object],
    sheet: tuple[Mapping[str, str], Mapping[str, str]],
) -> Values:
    own = {column: _text(name, f"{key}.{column}", row.get(column)) for column in field.rows}
    cleaned = {column: clean_text(text) for column, text in own.items()}
    return Values({**sheet[0], **own}, {**sheet[1], **cleaned}, {})


def _english_first(texts: Mapping[str, str]) -> dict[str, str]:
    swapped = dict(texts)
    for key, chinese in texts.items():
        other = key.removesuffix("_zh") + "_en"
        if key.endswith("_zh") and texts.get(other):
            swapped[key], swapped[other] = texts[other], chinese
    return swapped
