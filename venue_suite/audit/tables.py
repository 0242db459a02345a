"""Tables of the audit log. Both are append-only; the database refuses everything else."""

from __future__ import annotations

import peewee

from venue_suite.database.rows import MomentField, Row


class EntryRow(Row):
    """One link of the chain; columns as in `chain.Entry`, and its hash in hexadecimal."""

    seq = peewee.BigIntegerField(primary_key=True)
    at = MomentField()
    actor = peewee.TextField()
    approver = peewee.TextField()
    station = peewee.TextField()
    operation_id = peewee.TextField()
    action = peewee.TextField()
    subject = peewee.TextField()
    reason = peewee.TextField()
    before = peewee.TextField(null=True)
    after = peewee.TextField(null=True)
    hash = peewee.TextField()

    class Meta:
        table_name = "audit_entry"


class HeadRow(Row):
    """One signed head; columns as in `chain.Head`, and the code that was printed for it."""

    id = peewee.BigAutoField()
    seq = peewee.BigIntegerField()
    hash = peewee.TextField()
    at = MomentField()
    occasion = peewee.TextField()
    key = peewee.TextField()
    signature = peewee.TextField()
    code = peewee.TextField()

    class Meta:
        table_name = "audit_head"
