"""Tables of the webhooks."""

from __future__ import annotations

import peewee

from venue_suite.database.rows import JsonField, MomentField, Row

NEVER = 0
DEAD, WAITING, DELIVERED = "dead", "waiting", "delivered"


class SubscriptionRow(Row):
    """One receiver, and how far it is.

    Attributes:
        code: stands in the ids of its messages; never used again.
        kinds: beginnings of the kinds that it wants; empty wants all.
        revision: counts up when `kinds` changes, so that an id never stands for other content.
        start_seq: it wants what comes behind this place of the feed.
        position: everything up to here is delivered, or in the dead letters.
        sending_to: the end of the message that is under way; 0 if none is.
        tries: how often that message was sent in vain.
        failing_since: when it failed first; 0 if it did not.
        claimed_by: the sender that has it in hand until `claimed_until`.
        problem: why the last try failed, "" if it did not.
    """

    id = peewee.AutoField()
    code = peewee.TextField(unique=True)
    url = peewee.TextField()
    kinds = JsonField()
    note = peewee.TextField()
    active = peewee.BooleanField(default=True)
    removed = peewee.BooleanField(default=False)
    revision = peewee.IntegerField(default=1)
    added_at = MomentField()
    added_by = peewee.TextField()
    start_seq = peewee.BigIntegerField()
    position = peewee.BigIntegerField()
    sending_to = peewee.BigIntegerField(default=0)
    tries = peewee.IntegerField(default=0)
    failing_since = peewee.BigIntegerField(default=NEVER)
    next_try_at = peewee.BigIntegerField(default=NEVER)
    claimed_by = peewee.TextField(default="")
    claimed_until = peewee.BigIntegerField(default=NEVER)
    problem = peewee.TextField(default="")
    delivered_at = peewee.BigIntegerField(default=NEVER)

    class Meta:
        table_name = "webhook_subscription"


class SecretRow(Row):
    """What messages are signed with, sealed. `valid_until` is 0 for the newest; old ones end."""

    id = peewee.AutoField()
    subscription = peewee.ForeignKeyField(SubscriptionRow)
    secret = peewee.TextField()
    added_at = MomentField()
    valid_until = peewee.BigIntegerField(default=NEVER)

    class Meta:
        table_name = "webhook_secret"


class DeadLetterRow(Row):
    """A message that was given up. `state`: dead, waiting (to be sent again), delivered."""

    id = peewee.AutoField()
    subscription = peewee.ForeignKeyField(SubscriptionRow)
    revision = peewee.IntegerField()
    kinds = JsonField()
    first_seq = peewee.BigIntegerField()
    last_seq = peewee.BigIntegerField()
    state = peewee.TextField(default=DEAD)
    tries = peewee.IntegerField()
    problem = peewee.TextField()
    died_at = MomentField()
    claimed_by = peewee.TextField(default="")
    claimed_until = peewee.BigIntegerField(default=NEVER)

    class Meta:
        table_name = "webhook_dead_letter"
