"""What the ledger refuses."""

from __future__ import annotations

from venue_suite.domain.errors import Refused


class NotEnough(Refused):
    """The account has less than is wanted, or others hold it."""

    code = "not_enough"
    default_template = "{account} has {available} available; {wanted} is wanted."


class HoldEnded(Refused):
    """A hold ends exactly once; this one has. Params: `hold`, `state`."""

    code = "hold_ended"
    default_template = "The hold {hold} has already ended: {state}."


class AccountClosed(Refused):
    """Nothing is posted to an account that is not active."""

    code = "account_closed"
    default_template = "The account {account} is closed."


class AccountInUse(Refused):
    """Only an account that has nothing can be closed."""

    code = "account_in_use"
    default_template = "The account {account} can't be closed: it has {balance}, {held} of it held."


class AlreadyReversed(Refused):
    """A transaction is taken back once. Params: `transaction`, `reversal`."""

    code = "already_reversed"
    default_template = "Transaction {transaction} was already reversed, by {reversal}."


class NotReversible(Refused):
    """What takes something back is not taken back itself."""

    code = "not_reversible"
    default_template = "Transaction {transaction} is itself a reversal: please post it anew."
