"""Invariants of the kernel's own tables that no room looks after: operations, settings, people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from peewee import JOIN, fn

from venue_suite.database.kernel_rows import FeedRow, OperationRow
from venue_suite.database.rows import to_ms
from venue_suite.database.statements import Statement, param
from venue_suite.database.work import View
from venue_suite.hookspecs import Check
from venue_suite.identity.tables import ApprovalRow, SessionRow, StaffRow
from venue_suite.settings import SettingRow
from venue_suite.verify.guards import check_guards

FINDINGS_MAX = 20
DIGEST_BYTES = 32
DIGEST_CHARS = 64


def _odd_operations() -> Any:
    return (
        OperationRow.select(OperationRow.operation_id)
        .where(
            (fn.LENGTH(OperationRow.fingerprint) != DIGEST_BYTES)
            | (fn.LENGTH(OperationRow.reply) == 0)
            | (fn.LENGTH(OperationRow.operation_id) == 0)
        )
        .order_by(OperationRow.operation_id)
        .limit(FINDINGS_MAX)
    )


_ODD_OPERATIONS = Statement(_odd_operations)
_SETTINGS = Statement(
    lambda: SettingRow.select(SettingRow.key, SettingRow.value).order_by(SettingRow.key)
)
_ODD_SESSIONS = Statement(
    lambda: (
        SessionRow.select(SessionRow.id)
        .where(
            (fn.LENGTH(SessionRow.token_hash) != DIGEST_CHARS)
            | (SessionRow.expires_at <= SessionRow.opened_at)
        )
        .order_by(SessionRow.id)
        .limit(FINDINGS_MAX)
    )
)
_ODD_APPROVALS = Statement(
    lambda: (
        ApprovalRow.select(ApprovalRow.id, StaffRow.code)
        .join(StaffRow, JOIN.LEFT_OUTER)
        .where(
            ((ApprovalRow.actor_kind == "staff") & (ApprovalRow.actor_code == StaffRow.code))
            | (ApprovalRow.used_at > ApprovalRow.expires_at)
        )
        .order_by(ApprovalRow.id)
        .limit(FINDINGS_MAX)
    )
)
_FEED_SINCE = Statement(
    lambda: FeedRow.select(
        fn.COUNT(FeedRow.seq),
        fn.COALESCE(fn.MIN(FeedRow.seq), 0),
        fn.COALESCE(fn.MAX(FeedRow.seq), 0),
    ).where(FeedRow.seq > param("seq"))
)
_FACT_AT = Statement(lambda: FeedRow.select(FeedRow.at).where(FeedRow.seq == param("seq")))
_HEAD = Statement(lambda: FeedRow.select(fn.COALESCE(fn.MAX(FeedRow.seq), 0)))


def check_operations(view: View) -> Iterator[str]:
    """Every operation has the digest of what was asked, and its reply."""
    for (operation_id,) in view.all(_ODD_OPERATIONS):
        yield f"operation {operation_id} lacks its digest or its reply"


def check_settings(view: View) -> Iterator[str]:
    """Every setting can be read."""
    for key, value in view.all(_SETTINGS):
        try:
            msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeError):
            yield f"the setting {key} is no JSON"


def check_sessions(view: View) -> Iterator[str]:
    """A session is known by the digest of its token, and ends."""
    for (session,) in view.all(_ODD_SESSIONS):
        yield f"session {session} has no digest of a token, or ends before it begins"


def check_approvals(view: View) -> Iterator[str]:
    """What needs a second person was approved by another one, and used in time."""
    for approval, code in view.all(_ODD_APPROVALS):
        yield f"approval {approval} by {code} is their own, or was used too late"


def check_feed_since(view: View, since: datetime) -> Iterator[str]:
    """From then on the feed has no gap."""
    before = _last_before(view, to_ms(since))
    ((length, first, last),) = view.all(_FEED_SINCE, seq=before)
    if length and (length != last - before or first != before + 1):
        yield f"the feed has {length} facts after number {before}, but ends at {last}"


def _last_before(view: View, moment_ms: int) -> int:
    """A fact that is older, near the newest such one: times rise with the numbers, but for clocks
    that were set back; there a few more facts are looked at."""
    low, high = 0, view.value(_HEAD)
    while high - low > 1:
        middle = (low + high) // 2
        at = view.value(_FACT_AT, seq=middle)
        if at is not None and at >= moment_ms:
            high = middle
        else:
            low = middle
    return int(low)


CHECKS = (
    Check("database.guards", "the database itself refuses changes of history", check_guards),
    Check("database.operations", "every operation kept its digest and reply", check_operations),
    Check("database.settings", "every setting can be read", check_settings),
    Check("identity.sessions", "every session has a token and an end", check_sessions),
    Check("identity.approvals", "approvals are by a second person, in time", check_approvals),
)
