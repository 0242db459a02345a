"""The JSON shapes of the reports API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from venue_suite.domain.localized import Localized
from venue_suite.paging import Query


class AskDay(Query, frozen=True):
    """Which business day to report on."""

    day: Annotated[str, msgspec.Meta(max_length=10, description="`2026-11-28`; empty: today")] = ""


class TypeLine(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: Localized
    tickets: int
    amount_minor: int
    share_percent: float


class TenderLine(msgspec.Struct, frozen=True, kw_only=True):
    tender: str
    name: Localized
    payments: int
    amount_minor: int


class DayReport(msgspec.Struct, frozen=True, kw_only=True):
    """Sales of one business day, read from the ledger.

    `total_minor` is what visitors paid for tickets, `revenue_minor` the same without the tax in it.
    `agrees`: what came in, with what is owed either way, equals revenue plus tax;
    `difference_minor` is what came in too much (negative: too little) otherwise. That orders and
    ledger say the same is proved by `venue verify`.
    """

    day: str
    currency: str
    types: list[TypeLine]
    tenders: list[TenderLine]
    tickets: int
    revenue_minor: int
    tax_minor: int
    total_minor: int
    agrees: bool
    difference_minor: int
    hours: dict[str, int]  # "18" -> amount_minor taken in that local hour
    as_of: datetime
