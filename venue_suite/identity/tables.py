"""Staff and sessions."""

from __future__ import annotations

import peewee

from venue_suite.database.rows import MomentField, Row


class StaffRow(Row):
    """One member of staff. `code` is what they type, `pin_hash` is Argon2id."""

    id = peewee.AutoField()
    code = peewee.TextField(unique=True)
    name = peewee.TextField()
    role = peewee.TextField()
    pin_hash = peewee.TextField()
    active = peewee.BooleanField(default=True)
    failures = peewee.IntegerField(default=0)
    blocked_until = MomentField(default=0)

    class Meta:
        table_name = "staff"


class SessionRow(Row):
    """One sign-in. The token itself is stored nowhere."""

    id = peewee.AutoField()
    token_hash = peewee.TextField(unique=True)
    staff = peewee.ForeignKeyField(StaffRow)
    station = peewee.TextField()
    opened_at = MomentField()
    expires_at = MomentField()
    ended_at = MomentField(null=True)

    class Meta:
        table_name = "session"
