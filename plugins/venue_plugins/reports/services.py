"""Reports, read from the ledger: what the books say is what the report says."""

from __future__ import annotations

from datetime import date

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
TENDERS = "tender/"

_SUMS = Statement(
    lambda: PostingRow.select(
        AccountRow.code,
        fn.SUM(PostingRow.amount_minor),
        fn.SUM(PostingRow.quantity),
        AccountRow.name,
    )
    .join(TransactionRow)
    .switch(PostingRow)
    .join(AccountRow)
    .where(TransactionRow.business_day == param("day"))
    .group_by(AccountRow.code, AccountRow.name)
    .order_by(AccountRow.code)
)
_TAKINGS = Statement(
    lambda: PostingRow.select(TransactionRow.at, PostingRow.amount_minor)
    .join(TransactionRow)
    .switch(PostingRow)
    .join(AccountRow)
    .where(
        (TransactionRow.business_day == param("day")) & (AccountRow.code.startswith("tender/"))
    )
)


def read_day(view: View, day: str) -> wire.DayReport:
    """Sales of one business day, `2026-11-28`; "" is today's. Raises BadRequest for no date.

    `agrees` compares three ways to the same money: the tenders that came in, the tickets that were
    sold for it, and what is still owed either way (receivables and late payments).
    """
    day = _check_day(day) if day else current_business_day(view)
    rows = view.all(_SUMS, day=day)
    sums = {code: (int(amount), int(count)) for code, amount, count, _ in rows}
    names = {code: msgspec.json.decode(name) for code, _, _, name in rows}
    types = {code: one for code, one in sums.items() if code.startswith(TICKETS)}
    tenders = {code: one for code, one in sums.items() if code.startswith(TENDERS)}
    total_minor = -sum(amount for amount, _ in types.values())
    taken_minor = sum(amount for amount, _ in tenders.values())
    open_minor = sum(
        amount
        for code, (amount, _) in sums.items()
        if code.startswith(("receivable/", "deposit/", "stored/"))
    )
    difference_minor = taken_minor + open_minor - total_minor
    identity = read_identity(view)
    return wire.DayReport(
        day=day,
        currency=identity.currency,
        types=[
            wire.TypeLine(
                code=code.removeprefix(TICKETS),
                name=names[code],
                tickets=count,
                amount_minor=-amount,
                share_percent=share(-amount, total_minor),
            )
            for code, (amount, count) in sorted(types.items(), key=lambda one: one[1][0])
        ],
        tenders=[
            wire.TenderLine(
                tender=code.removeprefix(TENDERS),
                name=names[code],
                payments=count,
                amount_minor=amount,
            )
            for code, (amount, count) in tenders.items()
        ],
        tickets=sum(count for _, count in types.values()),
        revenue_minor=total_minor - sums.get("revenue/contained_tax", (0, 0))[0],
        tax_minor=-sums.get("tax/output", (0, 0))[0],
        total_minor=total_minor,
        agrees=difference_minor == 0,
        difference_minor=difference_minor,
        hours=_hours(view, day),
        as_of=view.now,
    )


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
