"""The JSON shapes of the admission API.

Facts: `admission.scanned` (subject `lane/2`, data = Decision), `admission.passed`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from venue_suite.domain.localized import Localized
from venue_suite.paging import PageQuery

CHARS_MAX = 4096  # longer than any code; what is too long for one is told in words of its own


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    code: str
    name: Localized
    state: str  # open, closed
    inside: int  # people admitted through it today


class Scan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`commit`: count the entry at once (a handheld or a console has no passage sensor)."""

    lane: Annotated[str, msgspec.Meta(max_length=CHARS_MAX)]
    code: Annotated[str, msgspec.Meta(max_length=CHARS_MAX)]
    commit: bool = False


class Passed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`outcome`: passed, timed_out, unknown (as the gate says)."""

    scan_id: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    outcome: Annotated[str, msgspec.Meta(max_length=64)]


class ListScans(PageQuery, frozen=True):
    """Which scans to list."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=200, description="how many at most")] = 20


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """`result`: allowed or refused. `code`: "" or the staff code of the reason:

    A-01 already entered, A-02 not yet, A-03 over, A-04 other performance, A-05 other lane,
    A-06 refunded or replaced, A-07 rental open, A-08 full, A-09 not recognised.
    `reason` and `advice` are sentences for the visitor. `first_at`, `first_lane`: of the first
    entry.
    """

    scan_id: int
    at: datetime
    lane: str
    result: str
    code: str
    reason: Localized
    advice: Localized
    title: Localized
    detail: Localized
    right_id: str
    admits_left: int
    first_at: datetime | None
    first_lane: Localized
    passage: str  # "", waiting, passed, timed_out, unknown
