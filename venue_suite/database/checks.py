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


def check_pages(view: View) -> Iterator[str]:
    """SQLite finds its pages and indexes sound."""
    for (finding,) in view.connection.execute(f"PRAGMA integrity_check({FINDINGS_MAX})"):
        if finding != "ok":
            yield " ".join(str(finding).split())


def check_references(view: View) -> Iterator[str]:
    """Every reference leads to a row that exists."""
    found = view.connection.execute("PRAGMA foreign_key_check")
    for table, row, target, _ in islice(found, FINDINGS_MAX):
        yield f"table {table}: row {row} refers to a row of {target} that does not exist"


def check_feed(view: View) -> Iterator[str]:
    """The feed counts 1, 2, 3 ... without a gap."""
    ((length, last),) = view.all(_FEED_LENGTH)
    if length != last:
        yield f"the feed has {length} facts, but the last one is number {last}"
