"""The invariants of admission, for `venue verify`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
from peewee import JOIN, fn

from venue_plugins.admission.domain import ALLOWED, REFUSED
from venue_plugins.admission.services import OUTCOMES
from venue_plugins.admission.tables import EntryRow, ScanRow
from venue_suite.database import Statement, View, param
from venue_suite.database.rows import to_ms
from venue_suite.hookspecs import Check

RESULTS = (ALLOWED, REFUSED)
PASSAGES = ("", "waiting", *OUTCOMES)
SCANS_AT_ONCE = 4_000
FINDINGS_MAX = 20

_LAST = Statement(lambda: ScanRow.select(fn.COALESCE(fn.MAX(ScanRow.id), 0)))
_FIRST_SINCE = Statement(
    lambda: ScanRow.select(fn.MIN(ScanRow.id)).where(ScanRow.at >= param("since"))
)
_STRAY_ENTRIES = Statement(
    lambda: (
        EntryRow.select(EntryRow.id, EntryRow.right_id)
        .join(ScanRow, JOIN.LEFT_OUTER)
        .where(
            EntryRow.scan.between(param("first"), param("last"))
            & (
                ScanRow.id.is_null()
                | (ScanRow.result != "allowed")
                | (ScanRow.passage == "timed_out")
                | (ScanRow.right_id != EntryRow.right_id)
            )
        )
        .order_by(EntryRow.id)
    )
)
_LOST_ENTRIES = Statement(
    lambda: (
        ScanRow.select(ScanRow.id, ScanRow.right_id)
        .join(EntryRow, JOIN.LEFT_OUTER, on=EntryRow.scan == ScanRow.id)
        .where(
            ScanRow.id.between(param("first"), param("last"))
            & (ScanRow.result == "allowed")
            & (ScanRow.passage != "timed_out")
            & EntryRow.id.is_null()
        )
        .order_by(ScanRow.id)
    )
)
_USED_TWICE = Statement(
    lambda: (
        EntryRow.select(EntryRow.right_id, EntryRow.number, fn.COUNT(EntryRow.id))
        .where(EntryRow.at >= param("since"))
        .group_by(EntryRow.right_id, EntryRow.number)
        .having((fn.COUNT(EntryRow.id) > 1) | (EntryRow.number < 1))
        .order_by(EntryRow.right_id, EntryRow.number)
        .limit(FINDINGS_MAX)
    )
)
_ANSWERS = Statement(
    lambda: (
        ScanRow.select(
            ScanRow.id, ScanRow.result, ScanRow.passage, ScanRow.answer, ScanRow.right_id
        )
        .where(ScanRow.id.between(param("first"), param("last")))
        .order_by(ScanRow.id)
    )
)


class _Answer(msgspec.Struct):
    """What matters here of what a visitor was told."""

    result: str = ""
    passage: str = ""
    right_id: str = ""
    admits_left: int = 0


_DECODER = msgspec.json.Decoder(_Answer)


def check_entries(view: View, since: datetime | None = None) -> Iterator[str]:
    """Each allowed scan is one entry, unless nobody passed; nothing else is an entry, and no right
    is used twice under one number.

    Args:
        since: leave out scans that were made before.
    """
    for span in _scan_ranges(view, since):
        for entry, right_id in view.all(_STRAY_ENTRIES, **span):
            yield f"entry {entry} of {right_id} has no scan that allowed it"
        for scan, right_id in view.all(_LOST_ENTRIES, **span):
            yield f"scan {scan} allowed {right_id}, but no entry was kept"
    since_ms = -(2**62) if since is None else to_ms(since)
    for right_id, number, count in view.all(_USED_TWICE, since=since_ms):
        yield f"{right_id} entered {count} times as number {number}"


def check_answers(view: View, since: datetime | None = None) -> Iterator[str]:
    """What a scan is in the books is what the visitor was told."""
    for span in _scan_ranges(view, since):
        for scan, result, passage, text, right_id in view.all(_ANSWERS, **span):
            answer = _DECODER.decode(text)
            if (answer.result, answer.passage, answer.right_id) != (result, passage, right_id):
                words = f"{answer.result}, {answer.passage}"
                yield f"scan {scan} is {result}, {passage}, but its answer said {words}"
            if result not in RESULTS or passage not in PASSAGES or answer.admits_left < 0:
                yield f"scan {scan} is {result}, {passage}, {answer.admits_left} left"


def _scan_ranges(view: View, since: datetime | None) -> Iterator[dict[str, int]]:
    """Some thousand scans after the other: the memory of a large venue is small, too."""
    first = 1 if since is None else view.value(_FIRST_SINCE, since=to_ms(since))
    if first is None:
        return
    last: int = view.value(_LAST)
    for start in range(first, last + 1, SCANS_AT_ONCE):
        yield {"first": start, "last": min(last, start + SCANS_AT_ONCE - 1)}


CHECKS = (
    Check(
        "admission.entries",
        "entries and allowed scans are the same",
        check_entries,
        check_entries,
    ),
    Check(
        "admission.answers",
        "scans are what visitors were told",
        check_answers,
        check_answers,
    ),
)
