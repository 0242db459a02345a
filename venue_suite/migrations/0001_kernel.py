"""The kernel's first tables: operations, feed, settings, identity, ledger."""

import peewee

from venue_suite.database.append_only import refuse_changes


def up(migrator, db):
    _create_plumbing(db)
    _create_identity(db)
    _create_ledger(db)
    refuse_changes(db, "operation", "feed", "ledger_transaction", "ledger_posting")


def _create_plumbing(db):
    class Operation(db.Model):
        operation_id = peewee.TextField(primary_key=True)
        fingerprint = peewee.BlobField()
        reply = peewee.BlobField()
        at = peewee.BigIntegerField()

        class Meta:
            table_name = "operation"
            without_rowid = not isinstance(db, peewee.PostgresqlDatabase)

    class Feed(db.Model):
        seq = peewee.AutoField()
        at = peewee.BigIntegerField()
        kind = peewee.TextField()
        subject = peewee.TextField()
        data = peewee.TextField()

        class Meta:
            table_name = "feed"

    class Setting(db.Model):
        key = peewee.TextField(primary_key=True)
        value = peewee.TextField()
        changed_at = peewee.BigIntegerField()

        class Meta:
            table_name = "setting"

    db.create_tables([Operation, Feed, Setting], safe=False)


def _create_identity(db):
    class Staff(db.Model):
        code = peewee.TextField(unique=True)
        name = peewee.TextField()
        role = peewee.TextField()
        pin_hash = peewee.TextField()
        active = peewee.BooleanField()
        failures = peewee.IntegerField()
        blocked_until = peewee.BigIntegerField()

        class Meta:
            table_name = "staff"

    class Station(db.Model):
        name = peewee.TextField(unique=True)
        kind = peewee.TextField()
        key_hash = peewee.TextField(unique=True)
        active = peewee.BooleanField()
        added_at = peewee.BigIntegerField()

        class Meta:
            table_name = "station"

    class Session(db.Model):
        token_hash = peewee.TextField(unique=True)
        staff = peewee.ForeignKeyField(Staff)
        station = peewee.TextField()
        opened_at = peewee.BigIntegerField()
        expires_at = peewee.BigIntegerField()
        ended_at = peewee.BigIntegerField(null=True)

        class Meta:
            table_name = "session"

    db.create_tables([Staff, Station, Session], safe=False)


def _create_ledger(db):
    class Account(db.Model):
        code = peewee.TextField(unique=True)
        kind = peewee.TextField()
        currency = peewee.TextField()
        name = peewee.TextField()

        class Meta:
            table_name = "ledger_account"

    class Transaction(db.Model):
        kind = peewee.TextField()
        at = peewee.BigIntegerField()
        business_day = peewee.TextField(index=True)
        reference = peewee.TextField(index=True)
        station = peewee.TextField()
        actor = peewee.TextField()

        class Meta:
            table_name = "ledger_transaction"

    class Posting(db.Model):
        transaction = peewee.ForeignKeyField(Transaction)
        account = peewee.ForeignKeyField(Account)
        amount_minor = peewee.BigIntegerField()
        quantity = peewee.IntegerField()

        class Meta:
            table_name = "ledger_posting"

    class Balance(db.Model):
        account = peewee.ForeignKeyField(Account, primary_key=True)
        amount_minor = peewee.BigIntegerField()

        class Meta:
            table_name = "ledger_balance"

    db.create_tables([Account, Transaction, Posting, Balance], safe=False)
