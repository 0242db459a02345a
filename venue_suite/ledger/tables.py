"""The ledger's tables. Transactions and postings are never changed; triggers see to it."""

from __future__ import annotations

import peewee

from venue_suite.database.rows import JsonField, MomentField, Row


class AccountRow(Row):
    """One account. `code` is a path: `tender/cash`, `revenue/ticket/adult`, `tax/output`.

    `name` is for people; "" languages are left out. `kind`: asset, liability, income, expense.
    Debits are positive amounts, credits negative.
    """

    id = peewee.AutoField()
    code = peewee.TextField(unique=True)
    kind = peewee.TextField()
    currency = peewee.TextField()
    name = JsonField()

    class Meta:
        table_name = "ledger_account"


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
    """The sum of an account's postings: a projection that `venue verify` recomputes."""

    account = peewee.ForeignKeyField(AccountRow, primary_key=True)
    amount_minor = peewee.BigIntegerField()

    class Meta:
        table_name = "ledger_balance"
