"""The ledger's tables. Transactions and postings are never changed; triggers see to it."""

from __future__ import annotations

import peewee

from venue_suite.database.rows import JsonField, MomentField, Row


class AccountRow(Row):
    """One account. `code` is a path: `tender/cash`, `revenue/ticket/adult`, `tax/output`.

    Its parent is the path one word shorter. `name` is for people; "" languages are left out.
    `kind`: asset, liability, income, expense, equity. Debits are positive amounts, credits
    negative. Nothing is posted to an account that is not `active`. The database refuses to change
    code, kind or currency.
    """

    id = peewee.AutoField()
    code = peewee.TextField(unique=True)
    kind = peewee.TextField()
    currency = peewee.TextField()
    name = JsonField()
    active = peewee.BooleanField(default=True)

    class Meta:
        table_name = "ledger_account"


class HeadingRow(Row):
    """One entry of the chart of accounts, as `owner` (kernel or a plugin) declared it."""

    id = peewee.AutoField()
    path = peewee.TextField(unique=True)
    kind = peewee.TextField()
    name = JsonField()
    owner = peewee.TextField()

    class Meta:
        table_name = "ledger_heading"


class TransactionRow(Row):
    """One movement. `reference` says what it belongs to, for example `order/88`."""

    id = peewee.AutoField()
    kind = peewee.TextField()
    at = MomentField()
    business_day = peewee.TextField(index=True)
    reference = peewee.TextField(index=True)
    station = peewee.TextField()
    actor = peewee.TextField()

    class Meta:
        table_name = "ledger_transaction"


class PostingRow(Row):
    """One leg. `quantity` counts what the amount is for (tickets, payments)."""

    id = peewee.AutoField()
    transaction = peewee.ForeignKeyField(TransactionRow, index=True)
    account = peewee.ForeignKeyField(AccountRow, index=True)
    amount_minor = peewee.BigIntegerField()
    quantity = peewee.IntegerField()

    class Meta:
        table_name = "ledger_posting"


class BalanceRow(Row):
    """The sum of an account's postings: a projection that `venue verify` recomputes.

    `held_minor` is the sum of its open holds, zero or more. The database refuses to hold more than
    there is.
    """

    account = peewee.ForeignKeyField(AccountRow, primary_key=True)
    amount_minor = peewee.BigIntegerField()
    held_minor = peewee.BigIntegerField(default=0)

    class Meta:
        table_name = "ledger_balance"


class HoldRow(Row):
    """An amount that is kept for somebody. `state`: open, captured, released, expired.

    It ends once, and then never changes again. `transaction` posted what was captured of it.
    """

    id = peewee.AutoField()
    account = peewee.ForeignKeyField(AccountRow, index=True)
    amount_minor = peewee.BigIntegerField()
    captured_minor = peewee.BigIntegerField(default=0)
    state = peewee.TextField(default="open")
    reference = peewee.TextField(index=True)
    station = peewee.TextField()
    actor = peewee.TextField()
    placed_at = MomentField()
    expires_at = MomentField(null=True)
    ended_at = MomentField(null=True)
    transaction = peewee.ForeignKeyField(TransactionRow, null=True, index=True)

    class Meta:
        table_name = "ledger_hold"
        indexes = ((("state", "expires_at"), False),)


class ReversalRow(Row):
    """A transaction that takes another one back; each is taken back once at most."""

    transaction = peewee.ForeignKeyField(TransactionRow, primary_key=True)
    reverses = peewee.ForeignKeyField(TransactionRow, unique=True)
    reason = peewee.TextField()

    class Meta:
        table_name = "ledger_reversal"
