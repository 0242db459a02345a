"""Writing to the audit log, and reading it back.

    write_entry(work, "sales.reprint", f"ticket/{ticket_id}", reason=wanted.reason,
                before={"generation": 1}, after={"generation": 2})

Who, who approved, where, when and in which operation come from `work`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from venue_suite.audit.chain import GENESIS, Entry, hash_row
from venue_suite.audit.tables import EntryRow
from venue_suite.database.statements import Statement, param
from venue_suite.database.work import View, Work
from venue_suite.domain.actors import Actor

# All that is hashed, in the order in which it is hashed.
COLUMNS = (
    EntryRow.seq,
    EntryRow.at,
    EntryRow.actor,
    EntryRow.approver,
    EntryRow.station,
    EntryRow.operation_id,
    EntryRow.action,
    EntryRow.subject,
    EntryRow.reason,
    EntryRow.before,
    EntryRow.after,
)

_LAST = Statement(
    lambda: EntryRow.select(EntryRow.seq, EntryRow.hash).order_by(EntryRow.seq.desc()).limit(1)
)
_APPEND = Statement(
    lambda: EntryRow.insert(
        seq=param("seq"),
        at=param("at"),
        actor=param("actor"),
        approver=param("approver"),
        station=param("station"),
        operation_id=param("operation_id"),
        action=param("action"),
        subject=param("subject"),
        reason=param("reason"),
        before=param("before"),
        after=param("after"),
        hash=param("hash"),
    )
)
_FROM = Statement(
    lambda: (
        EntryRow.select(*COLUMNS, EntryRow.hash)
        .where(EntryRow.seq >= param("seq"))
        .order_by(EntryRow.seq)
        .limit(param("count"))
    )
)
_to_json = msgspec.json.Encoder(order="deterministic").encode


def write_entry(
    work: Work,
    action: str,
    subject: str,
    *,
    reason: str = "",
    before: Any = None,
    after: Any = None,
) -> int:
    """Put one entry at the end of the chain, with this transaction or not at all.

    Args:
        action: what is done, `sales.reprint`: the plugin's or room's name, a dot, a verb.
        subject: to what, `ticket/12`; the same form as a fact's.
        reason: why, in the actor's words.
        before, after: JSON values or msgspec structs that say what changed. Never a secret: an
            entry stays for ever.

    Returns:
        The entry's number.
    """
    last_seq, last_hash = read_last(work)
    approver = work.actor.approver
    entry = Entry(
        seq=last_seq + 1,
        at_ms=work.now_ms,
        actor=_name(work.actor),
        approver="" if approver is None else _name(approver),
        station=_clean(work.actor.station),
        operation_id=work.operation_id,
        action=action,
        subject=_clean(subject),
        reason=_clean(reason),
        before=_json(before),
        after=_json(after),
    )
    values = entry._asdict()
    values["at"] = values.pop("at_ms")
    work.run(_APPEND, hash=hash_row(last_hash, entry).hex(), **values)
    return entry.seq


def read_last(view: View) -> tuple[int, bytes]:
    """Number and hash of the last entry; of an empty chain 0 and zeros."""
    row = view.one(_LAST)
    return (0, GENESIS) if row is None else (row[0], bytes.fromhex(row[1]))


def read_rows(view: View, from_seq: int, count: int) -> Sequence[tuple[Any, ...]]:
    """Entries from a number on as they are stored: the eleven values of `Entry`, then the hash."""
    return view.all(_FROM, seq=from_seq, count=count)


def _name(actor: Actor) -> str:
    return _clean(f"{actor.kind}/{actor.code}")


def _clean(text: str) -> str:
    """Not every engine can keep a NUL, and no encoding can keep half a character."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


def _json(value: Any) -> str | None:
    return None if value is None else _to_json(value).decode()
