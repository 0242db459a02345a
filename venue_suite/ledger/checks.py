"""The ledger's invariants, for `venue verify`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from peewee import JOIN, fn

from venue_suite.database.statements import Statement, param
from venue_suite.database.work import View
from venue_suite.domain.accounts import KINDS, sign_of
from venue_suite.hookspecs import Check
from venue_suite.ledger.chart import kind_of
from venue_suite.ledger.holds import CAPTURED, EXPIRED, OPEN, RELEASED
from venue_suite.ledger.tables import (
    AccountRow,
    BalanceRow,
    HoldRow,
    PostingRow,
    ReversalRow,
    TransactionRow,
)

FINDINGS_MAX = 20


def _unbalanced() -> Any:
    return (
        PostingRow.select(
            PostingRow.transaction, AccountRow.currency, fn.SUM(PostingRow.amount_minor)
        )
        .join(AccountRow, JOIN.LEFT_OUTER)
        .group_by(PostingRow.transaction, AccountRow.currency)
        .having(fn.SUM(PostingRow.amount_minor) != 0)
        .order_by(PostingRow.transaction)
        .limit(FINDINGS_MAX)
    )


def _lonely() -> Any:
    """Transactions with fewer than two legs."""
    return (
        TransactionRow.select(TransactionRow.id, fn.COUNT(PostingRow.id))
        .join(PostingRow, JOIN.LEFT_OUTER)
        .group_by(TransactionRow.id)
        .having(fn.COUNT(PostingRow.id) < 2)
        .order_by(TransactionRow.id)
        .limit(FINDINGS_MAX)
    )


_UNBALANCED = Statement(_unbalanced)
_LONELY = Statement(_lonely)
_FIRST_SINCE = Statement(
    lambda: TransactionRow.select(fn.MIN(TransactionRow.id)).where(
        TransactionRow.business_day >= param("day")
    )
)
_UNBALANCED_FROM = Statement(lambda: _unbalanced().where(PostingRow.transaction >= param("first")))
_LONELY_FROM = Statement(lambda: _lonely().where(TransactionRow.id >= param("first")))
# A column of SQLite takes anything; PostgreSQL's own types leave no such thing to look for.
_BROKEN = Statement(
    lambda: (
        PostingRow.select(PostingRow.id, PostingRow.transaction, PostingRow.amount_minor)
        .where(fn.TYPEOF(PostingRow.amount_minor) != "integer")
        .order_by(PostingRow.id)
        .limit(FINDINGS_MAX)
    )
)
_SUMS = Statement(
    lambda: PostingRow.select(PostingRow.account, fn.SUM(PostingRow.amount_minor)).group_by(
        PostingRow.account
    )
)
_STORED = Statement(
    lambda: (
        AccountRow.select(
            AccountRow.id,
            AccountRow.code,
            fn.COALESCE(BalanceRow.amount_minor, 0),
        )
        .join(BalanceRow, JOIN.LEFT_OUTER, on=BalanceRow.account == AccountRow.id)
        .order_by(AccountRow.code)
    )
)
_ACCOUNTS = Statement(
    lambda: AccountRow.select(AccountRow.code, AccountRow.kind, AccountRow.currency).order_by(
        AccountRow.code
    )
)
_HELD = Statement(
    lambda: (
        AccountRow.select(
            AccountRow.code,
            AccountRow.kind,
            BalanceRow.amount_minor,
            BalanceRow.held_minor,
            fn.COALESCE(fn.SUM(HoldRow.amount_minor), 0),
        )
        .join(BalanceRow)
        .join(
            HoldRow,
            JOIN.LEFT_OUTER,
            on=(HoldRow.account == AccountRow.id) & (HoldRow.state == OPEN),
        )
        .group_by(
            AccountRow.id,
            AccountRow.code,
            AccountRow.kind,
            BalanceRow.amount_minor,
            BalanceRow.held_minor,
        )
        .having((BalanceRow.held_minor != 0) | (fn.COALESCE(fn.SUM(HoldRow.amount_minor), 0) != 0))
        .order_by(AccountRow.code)
    )
)
_ODD_HOLDS = Statement(
    lambda: (
        HoldRow.select(HoldRow.id, HoldRow.state)
        .where(
            HoldRow.state.not_in((OPEN, CAPTURED, RELEASED, EXPIRED))
            | (HoldRow.amount_minor <= 0)
            | (HoldRow.captured_minor < 0)
            | (HoldRow.captured_minor > HoldRow.amount_minor)
            | ((HoldRow.state == OPEN) & HoldRow.ended_at.is_null(False))
            | ((HoldRow.state != OPEN) & HoldRow.ended_at.is_null())
            | ((HoldRow.state == CAPTURED) & HoldRow.transaction.is_null())
            | ((HoldRow.state != CAPTURED) & HoldRow.transaction.is_null(False))
            | ((HoldRow.state != CAPTURED) & (HoldRow.captured_minor != 0))
        )
        .order_by(HoldRow.id)
        .limit(FINDINGS_MAX)
    )
)
_CAPTURES = Statement(
    lambda: (
        HoldRow.select(
            HoldRow.id,
            HoldRow.captured_minor,
            AccountRow.kind,
            fn.COALESCE(fn.SUM(PostingRow.amount_minor), 0),
        )
        .join(AccountRow)
        .switch(HoldRow)
        .join(
            PostingRow,
            JOIN.LEFT_OUTER,
            on=(PostingRow.transaction == HoldRow.transaction)
            & (PostingRow.account == HoldRow.account),
        )
        .where(HoldRow.state == CAPTURED)
        .group_by(HoldRow.id, HoldRow.captured_minor, AccountRow.kind)
        .order_by(HoldRow.id)
    )
)
_REVERSALS = Statement(
    lambda: ReversalRow.select(ReversalRow.transaction, ReversalRow.reverses).order_by(
        ReversalRow.transaction
    )
)
_LEGS = Statement(
    lambda: (
        PostingRow.select(
            PostingRow.account, fn.SUM(PostingRow.amount_minor), fn.SUM(PostingRow.quantity)
        )
        .where(PostingRow.transaction == param("transaction"))
        .group_by(PostingRow.account)
        .order_by(PostingRow.account)
    )
)


def check_balanced(view: View) -> Iterator[str]:
    """Every transaction has two legs or more, of whole minor units, that sum to zero in each
    currency."""
    yield from _tell_unbalanced(view.all(_UNBALANCED), view.all(_LONELY))
    if view.session.dialect == "sqlite":
        for posting, transaction, amount_minor in view.all(_BROKEN):
            yield f"posting {posting} of ledger transaction {transaction} is {amount_minor!r}"


def check_balanced_since(view: View, since: datetime) -> Iterator[str]:
    """The same of what was posted for the business days from then on."""
    day = (since - timedelta(days=1)).date().isoformat()  # whatever the zone and the cut-off hour
    first = view.value(_FIRST_SINCE, day=day)
    if first is not None:
        unbalanced = view.all(_UNBALANCED_FROM, first=first)
        yield from _tell_unbalanced(unbalanced, view.all(_LONELY_FROM, first=first))


def _tell_unbalanced(
    unbalanced: list[tuple[Any, ...]], lonely: list[tuple[Any, ...]]
) -> Iterator[str]:
    for transaction, currency, amount_minor in unbalanced:
        yield f"ledger transaction {transaction} sums to {amount_minor} {currency}, not 0"
    for transaction, count in lonely:
        legs = "no postings" if count == 0 else "one posting only"
        yield f"ledger transaction {transaction} has {legs}"


def check_balances(view: View) -> Iterator[str]:
    """Every stored balance is the sum of its account's postings."""
    sums = dict(view.all(_SUMS))
    for account, code, stored_minor in view.all(_STORED):
        posted_minor = sums.get(account, 0)
        if posted_minor != stored_minor:
            yield f"account {code} shows {stored_minor}, its postings sum to {posted_minor}"


def check_chart(view: View) -> Iterator[str]:
    """Every account has the kind of its heading, and a currency."""
    for code, kind, currency in view.all(_ACCOUNTS):
        if kind not in KINDS:
            yield f"account {code} is of the kind {kind}, which does not exist"
            continue
        try:
            heading = kind_of(view, code)
        except ValueError:
            yield f"account {code} has no heading"
            continue
        if kind != heading:
            yield f"account {code} is of the kind {kind}, its heading is {heading}"
        if len(currency) != 3:
            yield f"account {code} has the currency {currency!r}"


def check_holds(view: View) -> Iterator[str]:
    """What is held is the sum of the open holds, and no more than there is; holds end once."""
    for code, kind, amount_minor, held_minor, open_minor in view.all(_HELD):
        if held_minor != open_minor:
            yield f"account {code} holds {held_minor}, its open holds sum to {open_minor}"
        if held_minor > sign_of(kind) * amount_minor:
            yield f"account {code} holds {held_minor} of {sign_of(kind) * amount_minor}"
    for hold, state in view.all(_ODD_HOLDS):
        yield f"hold {hold} is {state}, its amounts, its end or its transaction say otherwise"
    for hold, captured_minor, kind, posted_minor in view.all(_CAPTURES):
        if -sign_of(kind) * captured_minor != posted_minor:
            yield f"hold {hold} captured {captured_minor}, its transaction posted {posted_minor}"


def check_reversals(view: View) -> Iterator[str]:
    """What takes a transaction back has exactly its opposite legs, and comes after it, once."""
    taken: dict[int, int] = {}
    for transaction, reverses in view.all(_REVERSALS):
        if reverses in taken:
            yield f"transaction {reverses} is reversed by {taken[reverses]} and by {transaction}"
        taken[reverses] = transaction
        legs = view.all(_LEGS, transaction=transaction)
        opposite = [
            (account, -amount, -quantity)
            for account, amount, quantity in view.all(_LEGS, transaction=reverses)
        ]
        if legs != opposite or transaction <= reverses:
            yield f"transaction {transaction} is not the opposite of {reverses}"


CHECKS = (
    Check(
        "ledger.balanced",
        "every ledger transaction sums to zero",
        check_balanced,
        check_balanced_since,
    ),
    Check("ledger.balances", "every balance is the sum of its postings", check_balances),
    Check("ledger.chart", "every account has the kind of its heading", check_chart),
    Check("ledger.holds", "holds are part of what there is, and end once", check_holds),
    Check("ledger.reversals", "what was taken back was taken back once, wholly", check_reversals),
)
