"""The invariants of admission, for `venue verify`."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
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


_ANSWERS = Statement(
    lambda: ScanRow.select(
        ScanRow.id, ScanRow.result, ScanRow.passage, ScanRow.answer, ScanRow.right_id
    )
)


def check_entries(view: View) -> Iterator[str]:
    """Each allowed scan is one entry, unless nobody passed; nothing else is an entry."""
    for entry, right_id in view.all(_STRAY_ENTRIES):
        yield f"entry {entry} of {right_id} has no scan that allowed it"
    for scan, right_id in view.all(_LOST_ENTRIES):
        yield f"scan {scan} allowed {right_id}, but no entry was kept"


def check_answers(view: View) -> Iterator[str]:
    """What a scan is in the books is what the visitor was told."""
    for scan, result, passage, text, right_id in view.each(_ANSWERS):
        answer = msgspec.json.decode(text)
        said = answer.get("result"), answer.get("passage"), answer.get("right_id")
        if said != (result, passage, right_id):
            words = ", ".join(str(word) for word in said[:2])
            yield f"scan {scan} is {result}, {passage}, but its answer said {words}"


CHECKS = (
    Check("admission.entries", "entries and allowed scans are the same", check_entries),
    Check("admission.answers", "scans are what visitors were told", check_answers),
)
