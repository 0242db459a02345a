"""The audit log's invariants, for `venue verify`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from peewee import JOIN

from venue_suite.audit.chain import GENESIS
from venue_suite.audit.entries import read_rows
from venue_suite.audit.heads import read_audit_keys, read_newest_heads
from venue_suite.audit.tables import EntryRow, HeadRow
from venue_suite.audit.verifying import describe, walk
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


def _stored_rows(view: View) -> Iterator[Sequence[Any]]:
    """The whole chain, a page at a time."""
    seq = 0
    while page := read_rows(view, seq, PAGE_LENGTH):
        yield from page
        seq = page[-1][0] + 1
