"""Passwords, second factors, sign-in tries by place, roles as data, approvals."""

import peewee


def up(migrator, db):
    _widen_staff(migrator)
    _widen_session(migrator, db)
    _create_sign_in(db)
    _create_roles(db)
    _create_approval(db)


def _widen_staff(migrator):
    big, text = peewee.BigIntegerField, peewee.TextField
    migrator.migrate(
        migrator.add_column("staff", "password_hash", text(default="")),
        migrator.add_column("staff", "totp_sealed", text(default="")),
        migrator.add_column("staff", "totp_since", big(null=True)),
        migrator.add_column("staff", "totp_step", big(default=0)),
        # Tries are counted by code and place now.
        migrator.drop_column("staff", "failures"),
        migrator.drop_column("staff", "blocked_until"),
    )


def _widen_session(migrator, db):
    big, text = peewee.BigIntegerField, peewee.TextField
    migrator.migrate(
        migrator.add_column("session", "way", text(default="pin")),
        migrator.add_column("session", "address", text(default="")),
        migrator.add_column("session", "seen_at", big(default=0)),
        migrator.add_column("session", "idle_ms", big(default=0)),
        migrator.add_column("session", "factor_at", big(null=True)),
    )

    class Session(db.Model):
        opened_at = big()
        seen_at = big()

        class Meta:
            table_name = "session"

    Session.update(seen_at=Session.opened_at).execute()


def _create_sign_in(db):
    class Staff(db.Model):
        class Meta:
            table_name = "staff"

    class SignInTry(db.Model):
        who = peewee.TextField()
        origin = peewee.TextField()
        failures = peewee.IntegerField()
        blocked_until = peewee.BigIntegerField()
        succeeded_at = peewee.BigIntegerField(null=True)
        at = peewee.BigIntegerField(index=True)

        class Meta:
            table_name = "sign_in_try"
            indexes = ((("who", "origin"), True),)

    class SignInTicket(db.Model):
        token_hash = peewee.TextField(unique=True)
        staff = peewee.ForeignKeyField(Staff)
        station = peewee.TextField()
        origin = peewee.TextField()
        address = peewee.TextField()
        way = peewee.TextField()
        at_station = peewee.BooleanField()
        expires_at = peewee.BigIntegerField()
        tries = peewee.IntegerField()

        class Meta:
            table_name = "sign_in_ticket"

    class RecoveryCode(db.Model):
        staff = peewee.ForeignKeyField(Staff)
        code_hash = peewee.TextField()
        used_at = peewee.BigIntegerField(null=True)

        class Meta:
            table_name = "recovery_code"

    db.create_tables([SignInTry, SignInTicket, RecoveryCode], safe=False)


def _create_roles(db):
    class Role(db.Model):
        name = peewee.TextField(unique=True)
        title = peewee.TextField()
        based_on = peewee.TextField()

        class Meta:
            table_name = "role"

    class RoleGrant(db.Model):
        role = peewee.TextField()
        permission = peewee.TextField()
        allowed = peewee.BooleanField()
        scopes = peewee.TextField()
        amount_minor_max = peewee.BigIntegerField(null=True)
        count_per_day_max = peewee.IntegerField(null=True)

        class Meta:
            table_name = "role_grant"
            indexes = ((("role", "permission"), True),)

    class GrantUse(db.Model):
        actor = peewee.TextField()
        permission = peewee.TextField()
        day = peewee.TextField()
        used = peewee.IntegerField()

        class Meta:
            table_name = "grant_use"
            indexes = ((("actor", "permission", "day"), True),)

    db.create_tables([Role, RoleGrant, GrantUse], safe=False)


def _create_approval(db):
    class Staff(db.Model):
        class Meta:
            table_name = "staff"

    class Approval(db.Model):
        token_hash = peewee.TextField(unique=True)
        operation_id = peewee.TextField(index=True)
        permission = peewee.TextField()
        amount_minor = peewee.BigIntegerField(null=True)
        actor_kind = peewee.TextField()
        actor_code = peewee.TextField()
        station = peewee.TextField()
        approver = peewee.ForeignKeyField(Staff)
        issued_at = peewee.BigIntegerField()
        expires_at = peewee.BigIntegerField()
        used_at = peewee.BigIntegerField(null=True)

        class Meta:
            table_name = "approval"

    db.create_tables([Approval], safe=False)
