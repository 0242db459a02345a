"""The audit log: a chain of entries, and the signed heads of it."""

import peewee

from venue_suite.database.append_only import refuse_changes


def up(migrator, db):
    class Entry(db.Model):
        seq = peewee.BigIntegerField(primary_key=True)
        at = peewee.BigIntegerField()
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
            indexes = ((("actor", "seq"), False), (("subject", "seq"), False))

    class Head(db.Model):
        id = peewee.BigAutoField()
        seq = peewee.BigIntegerField()
        hash = peewee.TextField()
        at = peewee.BigIntegerField()
        occasion = peewee.TextField()
        key = peewee.TextField()
        signature = peewee.TextField()
        code = peewee.TextField(index=True)

        class Meta:
            table_name = "audit_head"

    db.create_tables([Entry, Head], safe=False)
    refuse_changes(db, "audit_entry", "audit_head")
