"""Headings of the chart of accounts: what kind the accounts below a path are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from venue_suite.domain.localized import Localized

# A debit (a positive amount) makes these more, a credit makes them less; the others the reverse.
DEBIT_KINDS = ("asset", "expense")
KINDS = (*DEBIT_KINDS, "liability", "income", "equity")


@dataclass(frozen=True, slots=True)
class Heading:
    """One entry of the chart of accounts.

    Attributes:
        path: words with `/` between them: `tender`, or an account itself, `tender/cash`.
        kind: of all accounts at and below it, unless a longer path says otherwise: asset,
            liability, income, expense, equity.
        name: what people call it, in Chinese and English.
    """

    path: str
    kind: str
    name: Localized = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"heading {self.path}: {self.kind} is no kind of account")
        if not all(self.path.split("/")):
            raise ValueError(f"heading {self.path!r}: a path is words with / between them")


# First words that every venue knows. Plugins declare what lies below them.
HEADINGS = (
    Heading("tender", "asset", {"zh": "收款", "en": "Tenders"}),
    Heading("receivable", "asset", {"zh": "应收", "en": "Receivables"}),
    Heading("deposit", "liability", {"zh": "代收与押金", "en": "Deposits"}),
    Heading("stored", "liability", {"zh": "储值", "en": "Stored value"}),
    Heading("tax", "liability", {"zh": "税", "en": "Tax"}),
    Heading("revenue", "income", {"zh": "收入", "en": "Revenue"}),
    Heading("discount", "income", {"zh": "折扣", "en": "Discounts"}),
    Heading("cost", "expense", {"zh": "费用", "en": "Costs"}),
    Heading("equity", "equity", {"zh": "权益", "en": "Equity"}),
)
FIRST_WORDS = {heading.path: heading.kind for heading in HEADINGS}


def sign_of(kind: str) -> int:
    """1 if debits are what an account of this kind has, -1 if credits are."""
    return 1 if kind in DEBIT_KINDS else -1


def parent_of(path: str) -> str:
    """The path one word shorter; "" above the first word."""
    return path.rpartition("/")[0]


def ways_up(path: str) -> Iterator[str]:
    """The path itself, then its parents, the nearest first."""
    while path:
        yield path
        path = parent_of(path)
