"""The statement of an account: opening, lines with the running balance, closing; page by page.

Sums are counted backwards from today's balance: the usual question is about yesterday, and it must
not cost more in the tenth year than in the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from peewee import JOIN, fn

from venue_suite.database.rows import from_ms, to_ms
from venue_suite.database.statements import Statement, param
from venue_suite.database.work import View
from venue_suite.domain.errors import BadRequest, NotFound
from venue_suite.domain.localized import Localized
from venue_suite.ledger import wire
from venue_suite.ledger.tables import (
    AccountRow,
    BalanceRow,
    PostingRow,
    ReversalRow,
    TransactionRow,
)
from venue_suite.paging import PAGE_LENGTH

_ACCOUNT = Statement(
    lambda: (
        AccountRow.select(
            AccountRow.code,
            AccountRow.name,
            AccountRow.kind,
            AccountRow.currency,
            fn.COALESCE(BalanceRow.amount_minor, 0),
        )
        .join(BalanceRow, JOIN.LEFT_OUTER, on=BalanceRow.account == AccountRow.id)
        .where(AccountRow.id == param("account"))
    )
)


class _Questions:
    """The same questions about a span of business days or of times.

    Args:
        column: what the span is of.
        by_time: whether to go through all that happened since instead of all that happened on the
            account. The one is right for yesterday's cash, the other for a card or for a year, and
            no engine can know which is asked.
    """

    def __init__(self, column: Any, by_time: bool) -> None:
        def of(*columns: Any) -> Any:
            account = PostingRow.account + 0 if by_time else PostingRow.account
            return PostingRow.select(*columns).where(account == param("account"))

        def during(condition: Any) -> Any:
            some = TransactionRow.select(TransactionRow.id).where(condition)
            return PostingRow.transaction.in_(some)

        within = column.between(param("from"), param("until"))
        total = fn.COALESCE(fn.SUM(PostingRow.amount_minor), 0)
        self.first_since = Statement(
            lambda: (
                TransactionRow.select(TransactionRow.id).where(column >= param("from")).limit(_MANY)
            )
        )
        self.sum_since = Statement(lambda: of(total).where(during(column >= param("from"))))
        self.sum_after = Statement(lambda: of(total).where(during(column > param("until"))))
        self.count = Statement(lambda: of(fn.COUNT(PostingRow.id)).where(during(within)))
        self.sum_to = Statement(
            lambda: of(total).where(during(within) & (PostingRow.id <= param("after")))
        )
        self.page = Statement(
            lambda: (
                of(
                    PostingRow.id,
                    PostingRow.transaction,
                    TransactionRow.at,
                    TransactionRow.business_day,
                    TransactionRow.kind,
                    TransactionRow.reference,
                    TransactionRow.station,
                    TransactionRow.actor,
                    PostingRow.amount_minor,
                    PostingRow.quantity,
                    ReversalRow.reverses,
                )
                .join(TransactionRow)
                .join(
                    ReversalRow,
                    JOIN.LEFT_OUTER,
                    on=ReversalRow.transaction == TransactionRow.id,
                )
                .where(during(within) & (PostingRow.id > param("after")))
                .order_by(PostingRow.id)
                .limit(param("count"))
            )
        )


_BY_DAY = {by_time: _Questions(TransactionRow.business_day, by_time) for by_time in (False, True)}
_BY_TIME = {by_time: _Questions(TransactionRow.at, by_time) for by_time in (False, True)}
_MANY = 5_000
_OF_ACCOUNT = Statement(
    lambda: (
        PostingRow.select(PostingRow.id).where(PostingRow.account == param("account")).limit(_MANY)
    )
)


@dataclass(frozen=True, slots=True)
class Span:
    """From one business day or time to another, both included. See `read_span`."""

    questions: Mapping[bool, _Questions]
    values: dict[str, Any]


def read_span(start: str, end: str) -> Span:
    """What two texts mean: both business days (`2026-11-28`), or both times with a zone.

    Raises BadRequest.
    """
    if len(start) == len("2026-11-28") == len(end):
        first, last = read_day(start), read_day(end)
        return _span(_BY_DAY, first.isoformat(), last.isoformat())
    return _span(_BY_TIME, to_ms(_time(start)), to_ms(_time(end)))


def _span(questions: Mapping[bool, _Questions], start: Any, end: Any) -> Span:
    if start > end:
        raise BadRequest(reason="from must not be after until")
    return Span(questions, {"from": start, "until": end})


def read_statement(
    view: View, account: int, span: Span, after: int = 0, count: int = PAGE_LENGTH
) -> wire.Statement:
    """One page of an account's statement.

    Args:
        after: the last posting of the page before; 0 begins.
        count: lines of a page.

    Raises NotFound.
    """
    row = view.one(_ACCOUNT, account=account)
    if row is None:
        raise NotFound(what="Account", key=account)
    code, name, kind, currency, balance_minor = row
    values = {"account": account, **span.values}
    asked = _choose(view, span, values)
    opening_minor = balance_minor - view.value(asked.sum_since, **values)
    running_minor = opening_minor
    if after:
        running_minor += view.value(asked.sum_to, after=after, **values)
    found = view.all(asked.page, after=after, count=count + 1, **values)
    lines = []
    for one in found[:count]:
        running_minor += one[8]
        lines.append(_line(one, running_minor))
    return wire.Statement(
        account=code,
        name=msgspec.json.decode(name, type=Localized),
        kind=kind,
        currency=currency,
        opening_minor=opening_minor,
        closing_minor=balance_minor - view.value(asked.sum_after, **values),
        count=view.value(asked.count, **values),
        lines=lines,
        next=str(lines[-1].posting_id) if len(found) > count else "",
    )


def _choose(view: View, span: Span, values: dict[str, Any]) -> _Questions:
    """By time if little happened since and much on the account."""
    by_time = span.questions[True]
    if len(view.all(_OF_ACCOUNT, account=values["account"])) < _MANY:
        return span.questions[False]
    is_recent = len(view.all(by_time.first_since, **span.values)) < _MANY
    return by_time if is_recent else span.questions[False]


def _line(found: tuple[Any, ...], balance_minor: int) -> wire.StatementLine:
    return wire.StatementLine(
        posting_id=found[0],
        transaction_id=found[1],
        at=from_ms(found[2]),
        business_day=found[3],
        kind=found[4],
        reference=found[5],
        station=found[6],
        actor=found[7],
        amount_minor=found[8],
        quantity=found[9],
        balance_minor=balance_minor,
        reverses=found[10],
    )


def read_day(text: str) -> date:
    """A business day. Raises BadRequest."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(reason=f"{text} is no day like 2026-11-28") from error


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(reason="from and until must be two days or two times") from error
    if moment.tzinfo is None:
        raise BadRequest(reason=f"the time {text} has no zone")
    return moment
