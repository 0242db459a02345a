"""Double entry for every movement of money: append-only, integers in minor units, sums to zero."""

from venue_suite.ledger.chart import find_account, set_account_active
from venue_suite.ledger.errors import HoldEnded, NotEnough
from venue_suite.ledger.holds import (
    available_minor,
    capture_hold,
    demand_available,
    expire_holds,
    place_hold,
    release_hold,
)
from venue_suite.ledger.postings import Leg, post
from venue_suite.ledger.reversals import reverse_transaction
from venue_suite.ledger.tables import AccountRow, BalanceRow, PostingRow, TransactionRow

__all__ = [
    "AccountRow",
    "BalanceRow",
    "HoldEnded",
    "Leg",
    "NotEnough",
    "PostingRow",
    "TransactionRow",
    "available_minor",
    "capture_hold",
    "demand_available",
    "expire_holds",
    "find_account",
    "place_hold",
    "post",
    "release_hold",
    "reverse_transaction",
    "set_account_active",
]
