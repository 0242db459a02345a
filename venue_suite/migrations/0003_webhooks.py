"""Webhooks: who wants which facts where, how far each is, and what could not be delivered."""

import peewee


def up(migrator, db):
    class Subscription(db.Model):
        id = peewee.AutoField()
        code = peewee.TextField(unique=True)
        url = peewee.TextField()
        kinds = peewee.TextField()
        note = peewee.TextField()
        active = peewee.BooleanField()
        removed = peewee.BooleanField()
        revision = peewee.IntegerField()
        added_at = peewee.BigIntegerField()
        added_by = peewee.TextField()
        start_seq = peewee.BigIntegerField()
        position = peewee.BigIntegerField()
        sending_to = peewee.BigIntegerField()
        tries = peewee.IntegerField()
        failing_since = peewee.BigIntegerField()
        next_try_at = peewee.BigIntegerField()
        claimed_by = peewee.TextField()
        claimed_until = peewee.BigIntegerField()
        problem = peewee.TextField()
        delivered_at = peewee.BigIntegerField()

        class Meta:
            table_name = "webhook_subscription"

    class Secret(db.Model):
        id = peewee.AutoField()
        subscription = peewee.ForeignKeyField(Subscription)
        secret = peewee.TextField()
        added_at = peewee.BigIntegerField()
        valid_until = peewee.BigIntegerField()

        class Meta:
            table_name = "webhook_secret"

    class DeadLetter(db.Model):
        id = peewee.AutoField()
        subscription = peewee.ForeignKeyField(Subscription)
        revision = peewee.IntegerField()
        kinds = peewee.TextField()
        first_seq = peewee.BigIntegerField()
        last_seq = peewee.BigIntegerField()
        state = peewee.TextField()
        tries = peewee.IntegerField()
        problem = peewee.TextField()
        died_at = peewee.BigIntegerField()
        claimed_by = peewee.TextField()
        claimed_until = peewee.BigIntegerField()

        class Meta:
            table_name = "webhook_dead_letter"
            indexes = ((("subscription", "state"), False),)

    db.create_tables([Subscription, Secret, DeadLetter], safe=False)
