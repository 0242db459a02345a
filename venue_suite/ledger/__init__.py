"""Double entry for every movement of money: append-only, integers in minor units, sums to zero."""

from venue_suite.ledger.postings import Leg, post
from venue_suite.ledger.tables import AccountRow, BalanceRow, PostingRow, TransactionRow

__all__ = ["AccountRow", "BalanceRow", "Leg", "PostingRow", "TransactionRow", "post"]
