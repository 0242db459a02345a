"""The JSON shapes of the audit log's routes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from venue_suite.paging import PageQuery

_TIME = "a time with its zone, 2026-11-28T06:00:00Z"


class FindEntries(PageQuery, frozen=True):
    """Which entries, newest first. What is left out filters nothing."""

    actor: Annotated[
        str, msgspec.Meta(max_length=200, description="exactly this actor, `staff/7`")
    ] = ""
    action: Annotated[
        str, msgspec.Meta(max_length=200, description="actions that begin with this, `sales.`")
    ] = ""
    subject: Annotated[
        str, msgspec.Meta(max_length=200, description="exactly this subject, `ticket/12`")
    ] = ""
    since: Annotated[str, msgspec.Meta(max_length=40, description=_TIME)] = ""
    until: Annotated[str, msgspec.Meta(max_length=40, description=f"{_TIME}; itself included")] = ""


class FindHeads(PageQuery, frozen=True):
    """Signed heads, newest first."""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry.

    Attributes:
        actor, approver: `staff/7`, `station/kiosk-1`, `system/system`; no approver is "".
        before, after: what changed; null for nothing.
    """

    seq: int
    at: datetime
    actor: str
    approver: str
    station: str
    operation_id: str
    action: str
    subject: str
    reason: str
    before: object
    after: object


class AuditHead(msgspec.Struct, frozen=True, kw_only=True):
    """A signed head. `code` is what a Z report shows; `key` is the fingerprint of its key."""

    id: int
    code: str
    seq: int
    at: datetime
    occasion: str
    key: str
