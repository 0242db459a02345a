"""The ledger's depth: chart of accounts, holds, reversals, and guards against raw SQL."""

import peewee


def up(migrator, db):
    _widen(db)
    _create(db)
    _guard_history(db)
    _guard_accounts(db)
    _guard_holds(db)


def _widen(db):
    """Both engines know this form, and neither rewrites the table for it."""
    db.execute_sql("ALTER TABLE ledger_account ADD COLUMN active BOOLEAN NOT NULL DEFAULT TRUE")
    db.execute_sql("ALTER TABLE ledger_balance ADD COLUMN held_minor BIGINT NOT NULL DEFAULT 0")


def _create(db):
    class Account(db.Model):
        class Meta:
            table_name = "ledger_account"

    class Transaction(db.Model):
        class Meta:
            table_name = "ledger_transaction"

    class Heading(db.Model):
        path = peewee.TextField(unique=True)
        kind = peewee.TextField()
        name = peewee.TextField()
        owner = peewee.TextField()

        class Meta:
            table_name = "ledger_heading"

    class Hold(db.Model):
        account = peewee.ForeignKeyField(Account)
        amount_minor = peewee.BigIntegerField(constraints=[peewee.Check("amount_minor > 0")])
        captured_minor = peewee.BigIntegerField()
        state = peewee.TextField()
        reference = peewee.TextField(index=True)
        station = peewee.TextField()
        actor = peewee.TextField()
        placed_at = peewee.BigIntegerField()
        expires_at = peewee.BigIntegerField(null=True)
        ended_at = peewee.BigIntegerField(null=True)
        transaction = peewee.ForeignKeyField(Transaction, null=True)

        class Meta:
            table_name = "ledger_hold"
            indexes = ((("state", "expires_at"), False),)
            constraints = (peewee.Check("captured_minor >= 0 AND captured_minor <= amount_minor"),)

    class Reversal(db.Model):
        transaction = peewee.ForeignKeyField(Transaction, primary_key=True)
        reverses = peewee.ForeignKeyField(Transaction, unique=True)
        reason = peewee.TextField()

        class Meta:
            table_name = "ledger_reversal"

    db.create_tables([Heading, Hold, Reversal], safe=False)


def _guard_history(db):
    for event in ("UPDATE", "DELETE"):
        _guard(db, "ledger_reversal", event, "TRUE", "is append-only")
    for table, key in (
        ("operation", "operation_id"),
        ("feed", "seq"),
        ("ledger_transaction", "id"),
        ("ledger_posting", "id"),
        ("ledger_reversal", "transaction_id"),
    ):
        _guard_replace(db, table, key)
    _guard_truncate(db, "ledger_reversal")


def _guard_accounts(db):
    _guard(
        db,
        "ledger_account",
        "UPDATE",
        "NEW.id <> OLD.id OR NEW.code <> OLD.code OR NEW.kind <> OLD.kind "
        "OR NEW.currency <> OLD.currency",
        "keeps code, kind and currency",
    )
    _guard(db, "ledger_heading", "UPDATE", "NEW.kind <> OLD.kind", "keeps its kind")
    for table in ("ledger_account", "ledger_balance"):
        _guard(db, table, "DELETE", "TRUE", "is never removed")
        _guard_truncate(db, table)
    # Balances are upserted, which asks the same trigger as a replacement: see `verify`.
    _guard_replace(db, "ledger_account", "id", "is never removed")


def _guard_holds(db):
    _guard(
        db,
        "ledger_balance",
        "UPDATE",
        "NEW.account_id <> OLD.account_id OR NEW.held_minor < 0 OR (NEW.held_minor > 0 "
        "AND NEW.held_minor > NEW.amount_minor * (SELECT CASE WHEN kind IN ('asset', 'expense') "
        "THEN 1 ELSE -1 END FROM ledger_account WHERE id = NEW.account_id))",
        "holds no more than it has",
    )
    _guard(
        db,
        "ledger_hold",
        "UPDATE",
        "OLD.state <> 'open' OR NEW.id <> OLD.id OR NEW.account_id <> OLD.account_id "
        "OR NEW.amount_minor <> OLD.amount_minor",
        "ends once and changes in nothing else",
    )
    _guard(db, "ledger_hold", "DELETE", "TRUE", "is never removed")
    _guard_replace(db, "ledger_hold", "id", "is never removed")
    _guard_truncate(db, "ledger_hold")


def _guard(db, table, event, condition, rule):
    """From now on `event` is refused where `condition` holds, whoever asks."""
    name, says = f"{table}_no_{event.lower()}", f"{table} {rule}"
    if not isinstance(db, peewee.PostgresqlDatabase):
        db.execute_sql(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )
        return
    db.execute_sql(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{says}'; END IF; "
        f"RETURN {'OLD' if event == 'DELETE' else 'NEW'}; END $$"
    )
    db.execute_sql(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def _guard_replace(db, table, key, rule="is append-only"):
    """SQLite's REPLACE removes the old row, by default without asking the DELETE trigger."""
    if isinstance(db, peewee.PostgresqlDatabase):
        return
    db.execute_sql(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} {rule}'); END"
    )


def _guard_truncate(db, table):
    """Only PostgreSQL has it."""
    if isinstance(db, peewee.PostgresqlDatabase):
        db.execute_sql(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
