"""Staff, their sessions and second factors; roles and what they grant; approvals."""

from __future__ import annotations

import peewee

from venue_suite.database.rows import JsonField, MomentField, Row


class StaffRow(Row):
    """One member of staff. `code` is what they type.

    `pin_hash` and `password_hash` are Argon2id, empty where there is none yet. `totp_sealed` is the
    second factor's secret, encrypted; `totp_since` is empty until it was confirmed once;
    `totp_step` is the last time step that was used, which no later sign-in may use again.
    """

    id = peewee.AutoField()
    code = peewee.TextField(unique=True)
    name = peewee.TextField()
    role = peewee.TextField()
    pin_hash = peewee.TextField(default="")
    active = peewee.BooleanField(default=True)
    password_hash = peewee.TextField(default="")
    totp_sealed = peewee.TextField(default="")
    totp_since = MomentField(null=True)
    totp_step = peewee.BigIntegerField(default=0)

    class Meta:
        table_name = "staff"


class SessionRow(Row):
    """One sign-in. The token itself is stored nowhere.

    `seen_at` is when it was last used, told twice a minute; after `idle_ms` without use it has
    ended (0: it may idle). `factor_at`: when the second factor was shown.
    """

    id = peewee.AutoField()
    token_hash = peewee.TextField(unique=True)
    staff = peewee.ForeignKeyField(StaffRow)
    station = peewee.TextField()
    opened_at = MomentField()
    expires_at = MomentField()
    ended_at = MomentField(null=True)
    way = peewee.TextField(default="pin")
    address = peewee.TextField(default="")
    seen_at = MomentField()
    idle_ms = peewee.BigIntegerField(default=0)
    factor_at = MomentField(null=True)

    class Meta:
        table_name = "session"


class SignInTryRow(Row):
    """How often somebody tried a code from one place. `who` is a digest: what is typed into the
    field of the code may be anything, also a PIN. Codes that nobody has are counted alike.

    `origin` is a station, an address, or `*` for all places together where it never succeeded.
    """

    id = peewee.AutoField()
    who = peewee.TextField()
    origin = peewee.TextField()
    failures = peewee.IntegerField(default=0)
    blocked_until = MomentField(default=0)
    succeeded_at = MomentField(null=True)
    at = MomentField(index=True)

    class Meta:
        table_name = "sign_in_try"
        indexes = ((("who", "origin"), True),)


class SignInTicketRow(Row):
    """A sign-in whose first factor was right and whose second one is awaited."""

    id = peewee.AutoField()
    token_hash = peewee.TextField(unique=True)
    staff = peewee.ForeignKeyField(StaffRow)
    station = peewee.TextField()
    origin = peewee.TextField()
    address = peewee.TextField()
    way = peewee.TextField()
    at_station = peewee.BooleanField()
    expires_at = MomentField()
    tries = peewee.IntegerField(default=0)

    class Meta:
        table_name = "sign_in_ticket"


class RecoveryCodeRow(Row):
    """One of the codes for the day on which the telephone is lost. Used once."""

    id = peewee.AutoField()
    staff = peewee.ForeignKeyField(StaffRow)
    code_hash = peewee.TextField()
    used_at = MomentField(null=True)

    class Meta:
        table_name = "recovery_code"


class RoleRow(Row):
    """A role that the venue added. Those that every venue has stand in the program."""

    id = peewee.AutoField()
    name = peewee.TextField(unique=True)
    title = JsonField()
    based_on = peewee.TextField()

    class Meta:
        table_name = "role"


class RoleGrantRow(Row):
    """Where a role differs from what is declared for it: granted with limits, or taken away."""

    id = peewee.AutoField()
    role = peewee.TextField()
    permission = peewee.TextField()
    allowed = peewee.BooleanField()
    scopes = JsonField()
    amount_minor_max = peewee.BigIntegerField(null=True)
    count_per_day_max = peewee.IntegerField(null=True)

    class Meta:
        table_name = "role_grant"
        indexes = ((("role", "permission"), True),)


class GrantUseRow(Row):
    """How often somebody used a permission with a daily limit on one business day."""

    id = peewee.AutoField()
    actor = peewee.TextField()
    permission = peewee.TextField()
    day = peewee.TextField()
    used = peewee.IntegerField()

    class Meta:
        table_name = "grant_use"
        indexes = ((("actor", "permission", "day"), True),)


class ApprovalRow(Row):
    """A second person's word for one operation of one actor at one station. The token itself is
    stored nowhere."""

    id = peewee.AutoField()
    token_hash = peewee.TextField(unique=True)
    operation_id = peewee.TextField(index=True)
    permission = peewee.TextField()
    amount_minor = peewee.BigIntegerField(null=True)
    actor_kind = peewee.TextField()
    actor_code = peewee.TextField()
    station = peewee.TextField()
    approver = peewee.ForeignKeyField(StaffRow)
    issued_at = MomentField()
    expires_at = MomentField()
    used_at = MomentField(null=True)

    class Meta:
        table_name = "approval"
