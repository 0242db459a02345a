"""The database's own invariants, for `venue verify`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from peewee import fn

from venue_suite.database.kernel_rows import FeedRow
from venue_suite.database.statements import Statement
from venue_suite.database.work import View

FINDINGS_MAX = 20

_FEED_LENGTH = Statement(
    lambda: FeedRow.select(fn.COUNT(FeedRow.seq), fn.COALESCE(fn.MAX(FeedRow.seq), 0))
)
# What a crash in the middle of CREATE INDEX CONCURRENTLY, or a hand with too many rights, leaves.
_INVALID_INDEXES = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
_UNCHECKED_REFERENCES = (
    "SELECT conname::text, conrelid::regclass::text FROM pg_constraint "
    "WHERE contype = 'f' AND NOT convalidated"
)
# A foreign key is a pair of triggers; one that was switched off guards nothing.
_SLEEPING_TRIGGERS = (
    "SELECT tgname::text, tgrelid::regclass::text FROM pg_trigger WHERE tgenabled <> 'O'"
)


def check_pages(view: View) -> Iterator[str]:
    """The engine finds its pages and indexes sound."""
    if view.session.dialect == "sqlite":
        for (finding,) in view.session.each(f"PRAGMA integrity_check({FINDINGS_MAX})", ()):
            if finding != "ok":
                yield " ".join(str(finding).split())
    else:
        for (index,) in view.session.rows(_INVALID_INDEXES, ()):
            yield f"index {index} is not valid"


def check_references(view: View) -> Iterator[str]:
    """Every reference leads to a row that exists."""
    if view.session.dialect == "sqlite":
        found = view.session.each("PRAGMA foreign_key_check", ())
        for table, row, target, _ in islice(found, FINDINGS_MAX):
            yield f"table {table}: row {row} refers to a row of {target} that does not exist"
    else:
        for name, table in view.session.rows(_UNCHECKED_REFERENCES, ()):
            yield f"table {table}: the reference {name} was never checked"
        for name, table in view.session.rows(_SLEEPING_TRIGGERS, ()):
            yield f"table {table}: the guard {name} is switched off"


def check_feed(view: View) -> Iterator[str]:
    """The feed counts 1, 2, 3 ... without a gap."""
    ((length, last),) = view.all(_FEED_LENGTH)
    if length != last:
        yield f"the feed has {length} facts, but the last one is number {last}"
