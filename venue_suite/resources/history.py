"""Who changed a record, when, and from what to what: out of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from venue_suite.audit.tables import EntryRow
from venue_suite.database.work import View
from venue_suite.resources import fields
from venue_suite.resources.fields import Field
from venue_suite.resources.reading import title_of, values_of
from venue_suite.resources.served import ServedResource, read_notation
from venue_suite.resources.showing import show

LENGTH = 8


@dataclass(frozen=True, slots=True)
class Event:
    """One change. `verb`: created, changed, removed. `fields`: field, before, after."""

    at: datetime
    who: str
    verb: str
    fields: list[tuple[Field, str, str]]


def read_history(view: View, served: ServedResource, record: int, language: str) -> list[Event]:
    """The newest changes of a record, newest first; imports are told of the table as a whole."""
    rows = (
        EntryRow.select()
        .where(EntryRow.subject == f"{served.noun}/{record}")
        .order_by(EntryRow.seq.desc())
        .limit(LENGTH)
    )
    return [_event(view, served, row, language) for row in rows]


def _event(view: View, served: ServedResource, row: EntryRow, language: str) -> Event:
    before, after = (_values(text) for text in (row.before, row.after))
    verb = row.action.rpartition(".")[2]
    changed = []
    for one in served.resource.fields:
        if verb == "changed" and one.name in after:
            old, new = (
                _show(view, served, one, values.get(one.name), language)
                for values in (before, after)
            )
            changed.append((one, old, new))
    return Event(row.at, row.actor.partition("/")[2], verb, changed)


def _values(stored: object) -> dict[str, object]:
    if isinstance(stored, str):
        stored = msgspec.json.decode(stored)
    return stored if isinstance(stored, dict) else {}


def _show(view: View, served: ServedResource, one: Field, plain: object, language: str) -> str:
    value = one.from_wire(plain)
    names = {}
    if one.kind == fields.REFERENCE and value is not None:
        target = served.targets[one.name]
        row = target.row.get_or_none(target.row.id == value)
        if row is not None:
            names[one.name] = title_of(target, values_of(target, row), {})
    return show(one, value, names, read_notation(view), language)
