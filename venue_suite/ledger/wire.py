"""The JSON shapes of the ledger's routes. Amounts are minor units: debits positive, credits not."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from venue_suite.domain.localized import Localized
from venue_suite.paging import PageQuery, Query

_TIME = "a business day, 2026-11-28, or a time with its zone"
Start = Annotated[str, msgspec.Meta(max_length=40, description=_TIME)]
End = Annotated[str, msgspec.Meta(max_length=40, description=f"{_TIME}; itself included")]
Day = Annotated[
    str, msgspec.Meta(max_length=10, description="a business day, 2026-11-28; empty means now")
]


class AskStatement(PageQuery, frozen=True):
    """Which part of an account's history: two days, or two times."""

    start: Start = msgspec.field(name="from", default="")
    end: End = msgspec.field(name="until", default="")


class AskTrialBalance(Query, frozen=True):
    day: Day = ""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the chart of accounts.

    Attributes:
        id: 0 for a heading; headings have no currency and no amounts.
        path: `tender/cash`; `parent` is the line above it, "" at the top.
        kind: asset, liability, income, expense, equity.
        balance_minor: debits less credits.
        held_minor: what holds keep of what it has, zero or more.
        available_minor: what it has, in its own direction, and nobody holds.
    """

    id: int
    path: str
    parent: str
    kind: str
    name: Localized
    currency: str = ""
    active: bool = True
    balance_minor: int = 0
    held_minor: int = 0
    available_minor: int = 0


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """One posting. `balance_minor` is the account's balance after it."""

    posting_id: int
    transaction_id: int
    at: datetime
    business_day: str
    kind: str
    reference: str
    station: str
    actor: str
    amount_minor: int
    quantity: int
    balance_minor: int
    reverses: int | None = None


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What happened on an account between two business days or times, both included.

    Attributes:
        opening_minor, closing_minor: its balance before and after the whole span.
        lines: one page of it, in the order of posting.
        next: what to pass as `after` for the next page; "" at the end.
    """

    account: str
    name: Localized
    kind: str
    currency: str
    opening_minor: int
    closing_minor: int
    count: int
    lines: list[StatementLine]
    next: str = ""


class TrialLine(msgspec.Struct, frozen=True, kw_only=True):
    """One account's balance, on the side where it is."""

    path: str
    name: Localized
    kind: str
    currency: str
    debit_minor: int
    credit_minor: int


class TrialTotal(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides of one currency; the books balance if they are the same."""

    currency: str
    debit_minor: int
    credit_minor: int


class TrialBalance(msgspec.Struct, frozen=True, kw_only=True):
    """All accounts at the end of a business day, or now (`day` is "")."""

    day: str
    lines: list[TrialLine]
    totals: list[TrialTotal]
