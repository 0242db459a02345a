"""Looking entries and heads up, newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from peewee import Value, fn

from venue_suite.audit.entries import COLUMNS
from venue_suite.audit.tables import EntryRow, HeadRow
from venue_suite.audit.wire import AuditEntry, AuditHead, FindEntries, FindHeads
from venue_suite.database.rows import to_ms
from venue_suite.database.work import View
from venue_suite.domain.errors import BadRequest
from venue_suite.paging import Page, page_of

_NEWEST = 2**62


def find_entries(view: View, asked: FindEntries) -> Page[AuditEntry]:
    """One page of entries. Raises BadRequest for a time that is none."""
    query = (
        EntryRow.select(*COLUMNS)
        .where(EntryRow.seq < asked.after_number(_NEWEST), *_conditions(asked))
        .order_by(EntryRow.seq.desc())
        .limit(asked.limit + 1)
    )
    rows: Any = query.tuples()
    return page_of([_show(row) for row in rows], asked.limit, lambda entry: entry.seq)


def find_heads(view: View, asked: FindHeads) -> Page[AuditHead]:
    """One page of heads."""
    query = (
        HeadRow.select()
        .where(HeadRow.id < asked.after_number(_NEWEST))
        .order_by(HeadRow.id.desc())
        .limit(asked.limit + 1)
    )
    heads = [
        AuditHead(
            id=row.id, code=row.code, seq=row.seq, at=row.at, occasion=row.occasion, key=row.key
        )
        for row in query
    ]
    return page_of(heads, asked.limit, lambda head: head.id)


def _conditions(asked: FindEntries) -> list[Any]:
    found: list[Any] = []
    if asked.actor:
        found.append(EntryRow.actor == asked.actor)
    if asked.subject:
        found.append(EntryRow.subject == asked.subject)
    if asked.action:
        # Whole numbers are bound as 64-bit ones, which SUBSTR of PostgreSQL does not take.
        length = Value(len(asked.action)).cast("integer")
        beginning = fn.SUBSTR(EntryRow.action, Value(1).cast("integer"), length)
        found.append(beginning == asked.action)
    if asked.since:
        found.append(EntryRow.at >= _moment(asked.since, "since"))
    if asked.until:
        found.append(EntryRow.at <= _moment(asked.until, "until"))
    return found


def _moment(text: str, name: str) -> int:
    """Milliseconds since 1970."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(reason=f"{name} is no time like 2026-11-28T06:00:00Z") from error
    if moment.tzinfo is None:
        raise BadRequest(reason=f"{name} must say its zone, as in 2026-11-28T06:00:00Z")
    return to_ms(moment)


def _show(row: tuple[Any, ...]) -> AuditEntry:
    seq, at, actor, approver, station, operation_id, action, subject, reason, before, after = row
    return AuditEntry(
        seq=seq,
        at=at,
        actor=actor,
        approver=approver,
        station=station,
        operation_id=operation_id,
        action=action,
        subject=subject,
        reason=reason,
        before=None if before is None else msgspec.json.decode(before),
        after=None if after is None else msgspec.json.decode(after),
    )
