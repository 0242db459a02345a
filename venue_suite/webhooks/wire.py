"""The JSON shapes of the webhooks' routes.

| route (under /api/v1) | in | out | permission |
|---|---|---|---|
| GET /webhooks | | list[Webhook] | webhooks.manage |
| POST /webhooks | NewWebhook | WebhookSecret | webhooks.manage |
| POST /webhooks/{id} | ChangeWebhook | Webhook | webhooks.manage |
| POST /webhooks/{id}/rotate-secret | RotateSecret | WebhookSecret | webhooks.manage |
| POST /webhooks/{id}/remove | | Webhook | webhooks.manage |
| GET /webhooks/{id}/dead-letters | ?after=&limit= | Page[DeadLetter] | webhooks.manage |
| POST /webhooks/dead-letters/{letter}/send-again | | DeadLetter | webhooks.manage |
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from venue_suite.paging import PageQuery

Address = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Note = Annotated[str, msgspec.Meta(max_length=200)]
KindBeginning = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Kinds = Annotated[list[KindBeginning], msgspec.Meta(max_length=50)]
DAY_S = 86_400


class NewWebhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receiver to be.

    Attributes:
        url: https, or http on the server's own computer.
        kinds: beginnings of the kinds that it wants, `sales.order_`; empty wants all.
        note: for people.
        from_seq: the first wanted place in the feed; 0 begins with what comes next.
    """

    url: Address
    kinds: Kinds = []
    note: Note = ""
    from_seq: Annotated[int, msgspec.Meta(ge=0, le=2**62)] = 0


class ChangeWebhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be different; what is left out stays."""

    url: Address | None = None
    kinds: Kinds | None = None
    note: Note | None = None
    active: bool | None = None


class RotateSecret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`overlap_s`: so long, in seconds, messages carry the old signature beside the new one."""

    overlap_s: Annotated[int, msgspec.Meta(ge=0, le=30 * DAY_S)] = DAY_S


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A receiver.

    Attributes:
        position: the last place in the feed that it has.
        tries: how often the message under way was sent in vain.
        problem: why, "" if all is well.
        dead_letters: how many messages were given up and not delivered since.
    """

    id: int
    url: str
    kinds: list[str]
    note: str
    active: bool
    added_at: datetime
    added_by: str
    position: int
    tries: int
    problem: str
    next_try_at: datetime | None
    delivered_at: datetime | None
    dead_letters: int


class WebhookSecret(msgspec.Struct, frozen=True, kw_only=True):
    """The receiver with its newest secret, which is shown only here."""

    webhook: Webhook
    secret: str


class FindDeadLetters(PageQuery, frozen=True):
    """Messages that were given up, newest first."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was given up.

    Attributes:
        message_id: its `webhook-id`.
        first_seq, last_seq: the facts that it holds lie between these, both included.
        state: dead, waiting (to be sent again), delivered.
    """

    id: int
    webhook_id: int
    message_id: str
    first_seq: int
    last_seq: int
    state: str
    tries: int
    problem: str
    died_at: datetime
