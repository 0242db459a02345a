"""Reports, read from the ledger: what the books say is what the report says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import msgspec
from peewee import fn

from venue_plugins.reports import wire
from venue_plugins.reports.domain import share
from venue_suite.database import Statement, View, param
from venue_suite.database.rows import from_ms
from venue_suite.domain.errors import BadRequest
from venue_suite.ledger import AccountRow, PostingRow, TransactionRow
from venue_suite.settings import current_business_day, read_identity

TICKETS = "revenue/ticket/"
CONTAINED_TAX = "revenue/contained_tax"
OUTPUT_TAX = "tax/output"
TENDERS = "tender/"
OWED = ("receivable/", "deposit/", "stored/")

_SUMS = Statement(
    lambda: (
        PostingRow.select(
            AccountRow.code,
            AccountRow.name,
            fn.SUM(PostingRow.amount_minor),
            fn.SUM(PostingRow.quantity),
        )
        .join(TransactionRow)
        .switch(PostingRow)
        .join(AccountRow)
        .where(TransactionRow.business_day == param("day"))
        .group_by(AccountRow.code, AccountRow.name)
        .order_by(AccountRow.code)
    )
)
_TAKINGS = Statement(
    lambda: (
        PostingRow.select(TransactionRow.at, PostingRow.amount_minor)
        .join(TransactionRow)
        .switch(PostingRow)
        .join(AccountRow)
        .where(
            (TransactionRow.business_day == param("day")) & (AccountRow.code.startswith(TENDERS))
        )
    )
)


class _Account(NamedTuple):
    """What one account moved on a day. `name` is JSON."""

    code: str
    name: str
    amount_minor: int
    quantity: int


def read_day(view: View, day: str) -> wire.DayReport:
    """Sales of one business day, `2026-11-28`; "" is today's. Raises BadRequest for no date.

    `agrees` compares two ways to the same money: what came in as tenders, with what is still owed
    either way (receivables, deposits, late payments), and what was earned, with the tax in it.
    """
    day = _check_day(day) if day else current_business_day(view)
    books = [_Account(code, name, int(a), int(n)) for code, name, a, n in view.all(_SUMS, day=day)]
    types = [one for one in books if one.code.startswith(TICKETS)]
    tenders = [one for one in books if one.code.startswith(TENDERS)]
    total_minor = -_sum_of(books, (TICKETS,))
    revenue_minor = total_minor - _sum_of(books, (CONTAINED_TAX,))
    tax_minor = -_sum_of(books, (OUTPUT_TAX,))
    received_minor = _sum_of(books, (TENDERS, *OWED))
    difference_minor = received_minor - revenue_minor - tax_minor
    return wire.DayReport(
        day=day,
        currency=read_identity(view).currency,
        types=[
            wire.TypeLine(
                code=one.code.removeprefix(TICKETS),
                name=msgspec.json.decode(one.name),
                tickets=one.quantity,
                amount_minor=-one.amount_minor,
                share_percent=share(-one.amount_minor, total_minor),
            )
            for one in sorted(types, key=lambda one: (one.amount_minor, one.code))
        ],
        tenders=[
            wire.TenderLine(
                tender=one.code.removeprefix(TENDERS),
                name=msgspec.json.decode(one.name),
                payments=one.quantity,
                amount_minor=one.amount_minor,
            )
            for one in tenders
        ],
        tickets=sum(one.quantity for one in types),
        revenue_minor=revenue_minor,
        tax_minor=tax_minor,
        total_minor=total_minor,
        agrees=difference_minor == 0,
        difference_minor=difference_minor,
        hours=_hours(view, day),
        as_of=view.now,
    )


def _sum_of(books: Sequence[_Account], beginnings: tuple[str, ...]) -> int:
    """The sum of all accounts whose code begins so."""
    return sum(one.amount_minor for one in books if one.code.startswith(beginnings))


def _hours(view: View, day: str) -> dict[str, int]:
    """What was taken in each local hour."""
    zone = read_identity(view).zone
    hours: dict[str, int] = {}
    for at, amount_minor in view.all(_TAKINGS, day=day):
        hour = f"{from_ms(at).astimezone(zone).hour:02d}"
        hours[hour] = hours.get(hour, 0) + amount_minor
    return dict(sorted(hours.items()))


def _check_day(day: str) -> str:
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError as error:
        raise BadRequest(reason="day is a date like 2026-11-28") from error
