"""Queries on a maintained table: one record, a page of them, with search, filter and sort."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import peewee
from peewee import fn

from venue_suite.database.rows import from_ms
from venue_suite.database.work import View
from venue_suite.domain.errors import BadRequest, NotFound
from venue_suite.domain.localized import Localized, localized
from venue_suite.paging import PAGE_LENGTH, PAGE_LENGTH_MAX
from venue_suite.resources import fields
from venue_suite.resources.declaration import Resource
from venue_suite.resources.fields import Field, Values
from venue_suite.resources.served import ServedResource
from venue_suite.resources.shapes import FILTERED, SORTED
from venue_suite.resources.wire import AnyPage, AnyRecord

REFERENCES_CHUNK = 400
_LOWEST: dict[str, Any] = {fields.FLAG: False, fields.NUMBER: -(2**62), fields.MONEY: -(2**62)}
_LOWEST[fields.MOMENT] = -(2**62)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which records are wanted.

    Attributes:
        search: stands in any of the searchable fields; case does not count.
        filters: field name -> the value it must have.
        sort: a field name, `-` before it for the other way round.
        after: from the page before.
        limit: how many at most.
    """

    search: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    sort: str = ""
    after: str = ""
    limit: int = PAGE_LENGTH


def list_records(view: View, served: ServedResource, asked: Asked) -> AnyPage:
    """A page of records. Raises BadRequest for a filter or an order that is not possible."""
    resource = served.resource
    row = resource.row
    conditions = [*_search(resource, asked.search), *_filters(resource, asked.filters)]
    total = row.select().where(*conditions).count() if conditions else row.select().count()
    order, falling = _order(resource, asked.sort)
    value = _sortable(row, order)
    place = _read_cursor(asked.after, order, falling) if asked.after else None
    if place is not None:
        conditions.append(_beyond(value, row.id, place, falling))
    by = (value.desc(), row.id.desc()) if falling else (value.asc(), row.id.asc())
    limit = max(1, min(asked.limit, PAGE_LENGTH_MAX))
    query = row.select(row, value.alias("sort_value")).order_by(*by).limit(limit + 1)
    rows = list(query.where(*conditions) if conditions else query)
    after = ""
    if len(rows) > limit:
        last = rows[limit - 1]
        after = _write_cursor(order, falling, last.sort_value, last.id)
    return AnyPage(items=_records(served, rows[:limit]), next=after, total=total)


def read_record(view: View, served: ServedResource, record: int) -> AnyRecord:
    """One record. Raises NotFound."""
    return _records(served, [find_row(served, record)])[0]


def find_row(served: ServedResource, record: int) -> Any:
    """The row of a record. Raises NotFound."""
    row = served.resource.row.get_or_none(served.resource.row.id == record)
    if row is None:
        raise NotFound(what=localized(served.resource.label_one, "en"), key=record)
    return row


def values_of(resource: Resource, row: Any) -> Values:
    """The values of a row, in the types of its fields."""
    return {one.name: _from_column(one, row.__data__.get(one.name)) for one in resource.fields}


def _from_column(one: Field, stored: Any) -> Any:
    if stored is None:
        return one.empty
    if one.kind == fields.DATE:
        return msgspec.convert(stored, fields.TYPES[fields.DATE])
    if one.kind == fields.CHOICES:
        return list(stored)
    if one.kind == fields.MOMENT and isinstance(stored, int):  # never read back since it was set
        return from_ms(stored)
    return stored


def version_of(values: Values) -> str:
    """A digest of all values: it is another as soon as anybody changes any of them, also past this
    package, and needs no column of its own."""
    content = msgspec.json.encode(values, order="sorted")
    return hashlib.sha256(content).hexdigest()[:20]


def title_of(resource: Resource, values: Values, names: Mapping[str, Localized]) -> Localized:
    """What a record is called."""

    def text(one: Field, language: str) -> str:
        value = values[one.name]
        if one.kind == fields.REFERENCE:
            return localized(names.get(one.name, {}), language) or str(value or "")
        if one.kind == fields.LOCALIZED:
            return localized(value, language)
        if one.kind == fields.CHOICE:
            return localized(one.choice_label(value), language)
        return "" if value is None else str(value)

    known = resource.by_name
    titles = [known[name] for name in resource.title_fields]
    return {
        language: " · ".join(filter(None, (text(one, language) for one in titles)))
        for language in fields.LANGUAGES
    }


def _records(served: ServedResource, rows: Sequence[Any]) -> list[AnyRecord]:
    resource = served.resource
    all_values = [values_of(resource, row) for row in rows]
    named = read_names(served, all_values)
    found = []
    for row, values in zip(rows, all_values, strict=True):
        names = {
            name: by_id[values[name]] for name, by_id in named.items() if values[name] in by_id
        }
        found.append(
            AnyRecord(
                id=row.id,
                version=version_of(values),
                title=title_of(resource, values, names),
                values=values,
                names=names,
            )
        )
    return found


def read_names(
    served: ServedResource, all_values: Sequence[Values]
) -> dict[str, dict[int, Localized]]:
    """Reference field -> id -> what the record that it leads to is called."""
    found: dict[str, dict[int, Localized]] = {}
    for name, target in served.targets.items():
        ids = {values[name] for values in all_values if values[name] is not None}
        found[name] = {}
        for row in rows_by_ids(target, ids):
            found[name][row.id] = title_of(target, values_of(target, row), {})
    return found


def rows_by_ids(resource: Resource, ids: Iterable[int]) -> Iterable[Any]:
    """Rows of a table by their ids; those that don't exist are left out."""
    wanted = sorted(ids)
    for start in range(0, len(wanted), REFERENCES_CHUNK):
        row = resource.row
        yield from row.select().where(row.id.in_(wanted[start : start + REFERENCES_CHUNK]))


# --- search, filter, order --------------------------------------------------------------------


def _search(resource: Resource, text: str) -> list[Any]:
    term = text.strip()
    if not term:
        return []
    found: Any = None
    for one in resource.fields:
        if not one.searchable:
            continue
        column = getattr(resource.row, one.name)
        if one.kind == fields.LOCALIZED:
            # What lies around the texts in the stored JSON must not be found.
            looked_in, wanted = column, msgspec.json.encode(term).decode()[1:-1]
            for frame in ('{"zh":"', '{"en":"', '","zh":"', '","en":"', '"}'):
                looked_in = fn.REPLACE(looked_in, peewee.Value(frame, converter=False), "\n")
        else:
            looked_in, wanted = fn.COALESCE(column, ""), term
        condition = looked_in.contains(wanted)
        found = condition if found is None else found | condition
    if found is None:
        raise BadRequest(reason="these records can't be searched")
    return [found]


def _filters(resource: Resource, filters: Mapping[str, Any]) -> list[Any]:
    known = resource.by_name
    for name in filters:
        if name not in known or known[name].kind not in FILTERED:
            raise BadRequest(reason=f"there is no filter {name[:40]}")
    return [getattr(resource.row, name) == value for name, value in filters.items()]


def _order(resource: Resource, sort: str) -> tuple[Field | None, bool]:
    name = sort or resource.sort or resource.key[0]
    falling = name.startswith("-")
    one = resource.by_name.get(name.removeprefix("-"))
    if one is not None and one.kind in SORTED:
        return one, falling
    if sort:
        raise BadRequest(reason=f"records can't be sorted by {sort[:40]}")
    return None, falling


def _sortable(row: Any, one: Field | None) -> Any:
    """An expression without nulls: engines differ in whether these come first or last."""
    if one is None:
        return row.id
    lowest = peewee.Value(_LOWEST.get(one.kind, ""), converter=False)
    return fn.COALESCE(getattr(row, one.name), lowest).coerce(False)


def _beyond(value: Any, key: Any, place: tuple[Any, int], falling: bool) -> Any:
    at, record = peewee.Value(place[0], converter=False), place[1]
    if falling:
        return (value < at) | ((value == at) & (key < record))
    return (value > at) | ((value == at) & (key > record))


def _write_cursor(order: Field | None, falling: bool, value: Any, record: int) -> str:
    name = ("-" if falling else "") + (order.name if order else "id")
    return base64.urlsafe_b64encode(msgspec.json.encode((name, value, record))).decode()


def _read_cursor(text: str, order: Field | None, falling: bool) -> tuple[Any, int]:
    wanted = ("-" if falling else "") + (order.name if order else "id")
    kind: Any = str
    if order is None or order.kind in (fields.NUMBER, fields.MONEY, fields.MOMENT):
        kind = int
    elif order.kind == fields.FLAG:
        kind = bool | int
    try:
        content = base64.urlsafe_b64decode(text.encode())
        name, value, record = msgspec.json.decode(content, type=tuple[str, kind, int])
        if name != wanted or not 0 <= record < 2**62 or abs(value if kind is int else 0) > 2**62:
            raise ValueError(text)
    except (ValueError, msgspec.MsgspecError) as error:
        raise BadRequest(reason="after belongs to another list") from error
    return (bool(value) if order and order.kind == fields.FLAG else value), record
