"""The invariants of admission, for `venue verify`."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import JOIN

from venue_plugins.admission.tables import EntryRow, ScanRow
from venue_suite.database import Statement, View
from venue_suite.hookspecs import Check

_STRAY_ENTRIES = Statement(
    lambda: (
        EntryRow.select(EntryRow.id, EntryRow.right_id)
        .join(ScanRow)
        .where(
            (ScanRow.result != "allowed")
            | (ScanRow.passage == "timed_out")
            | (ScanRow.right_id != EntryRow.right_id)
        )
    )
)
_LOST_ENTRIES = Statement(
    lambda: (
        ScanRow.select(ScanRow.id, ScanRow.right_id)
        .join(EntryRow, JOIN.LEFT_OUTER, on=EntryRow.scan == ScanRow.id)
        .where(
            (ScanRow.result == "allowed") & (ScanRow.passage != "timed_out") & EntryRow.id.is_null()
        )
    )
)


def check_entries(view: View) -> Iterator[str]:
    """Each allowed scan is one entry, unless nobody passed; nothing else is an entry."""
    for entry, right_id in view.all(_STRAY_ENTRIES):
        yield f"entry {entry} of {right_id} has no scan that allowed it"
    for scan, right_id in view.all(_LOST_ENTRIES):
        yield f"scan {scan} allowed {right_id}, but no entry was kept"


CHECKS = (Check("admission.entries", "entries and allowed scans are the same", check_entries),)
