"""The audit log's invariants, for `venue verify`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from peewee import JOIN

from venue_suite.audit.chain import GENESIS
from venue_suite.audit.entries import read_last, read_rows
from venue_suite.audit.heads import read_audit_keys, read_newest_heads
from venue_suite.audit.tables import EntryRow, HeadRow
from venue_suite.audit.verifying import describe, walk
from venue_suite.database.rows import to_ms
from venue_suite.database.statements import Statement
from venue_suite.database.work import View

FINDINGS_MAX = 20
PAGE_LENGTH = 5_000
# A signature takes a tenth of a millisecond to check, a hash a thousandth: of old heads the
# content is compared, of the newest ones the signature too.
SIGNATURES_CHECKED = 200

_STRAYING_HEADS = Statement(
    lambda: (
        HeadRow.select(HeadRow.code, HeadRow.seq, EntryRow.seq)
        .join(EntryRow, JOIN.LEFT_OUTER, on=EntryRow.seq == HeadRow.seq)
        .where(
            (HeadRow.seq != 0) & (EntryRow.seq.is_null() | (EntryRow.hash != HeadRow.hash))
            | (HeadRow.seq == 0) & (HeadRow.hash != GENESIS.hex())
        )
        .order_by(HeadRow.id)
        .limit(FINDINGS_MAX)
    )
)


def check_chain(view: View) -> Iterator[str]:
    """Every entry carries the hash of itself and of all before it."""
    yield from islice(walk(_stored_rows(view), {}), FINDINGS_MAX)


def check_chain_since(view: View, since: datetime) -> Iterator[str]:
    """The same for what was written since a time, and a little more."""
    seq, _ = read_last(view)
    while seq > 0:
        seq = max(0, seq - PAGE_LENGTH)
        first = read_rows(view, max(1, seq), 1)
        if first and first[0][1] < to_ms(since):
            break
    before = read_rows(view, seq, 1) if seq else ()
    start = (before[0][0], bytes.fromhex(before[0][11])) if before else (0, GENESIS)
    yield from islice(walk(_stored_rows(view, start[0] + 1), {}, start), FINDINGS_MAX)


def check_heads(view: View) -> Iterator[str]:
    """Every signed head is in the chain, and the newest are signed by keys of this venue."""
    for code, seq, found in view.all(_STRAYING_HEADS):
        if found is None and seq:
            yield f"the head {code} covers entry {seq}, which is not there: the end was removed"
        else:
            yield f"the head {code} was signed over another entry {seq} than the one that is there"
    keys = read_audit_keys(view)
    for head in read_newest_heads(view, SIGNATURES_CHECKED):
        if head.key not in keys:
            yield f"{describe(head)} is signed by key {head.key}, which is not this venue's"
        elif not head.is_signed_by(keys[head.key]):
            yield f"the signature of {describe(head)} is forged"


def _stored_rows(view: View, seq: int = 1) -> Iterator[Sequence[Any]]:
    """The chain from an entry on, a page at a time."""
    while page := read_rows(view, seq, PAGE_LENGTH):
        yield from page
        seq = page[-1][0] + 1
