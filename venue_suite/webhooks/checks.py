"""The webhooks' invariants, for `venue verify`."""

from __future__ import annotations

from collections.abc import Iterator

from venue_suite.database.kernel_rows import LAST_SEQ
from venue_suite.database.statements import Statement
from venue_suite.database.work import View
from venue_suite.webhooks.tables import (
    DEAD,
    DELIVERED,
    NEVER,
    WAITING,
    DeadLetterRow,
    SecretRow,
    SubscriptionRow,
)

_SECRETS = Statement(lambda: SecretRow.select(SecretRow.subscription, SecretRow.valid_until))
STATES = (DEAD, WAITING, DELIVERED)


def check_positions(view: View) -> Iterator[str]:
    """No receiver is beyond the end of the feed, or before where it began."""
    last_seq = view.value(LAST_SEQ)
    for row in SubscriptionRow.select().order_by(SubscriptionRow.id):
        if not 0 <= row.start_seq <= row.position <= last_seq:
            yield (
                f"webhook {row.id} has everything up to fact {row.position}; it began behind "
                f"{row.start_seq}, and the feed ends at {last_seq}"
            )
        if row.sending_to and not row.position < row.sending_to <= last_seq:
            yield (
                f"webhook {row.id} is being sent facts up to {row.sending_to}, but has everything "
                f"up to {row.position}, and the feed ends at {last_seq}"
            )


def check_dead_letters(view: View) -> Iterator[str]:
    """Every message that was given up holds facts that its receiver passed, each once."""
    rows = (
        DeadLetterRow.select(DeadLetterRow, SubscriptionRow)
        .join(SubscriptionRow)
        .order_by(DeadLetterRow.subscription, DeadLetterRow.first_seq)
    )
    passed: dict[int, int] = {}
    for row in rows:
        webhook = row.subscription
        begin = max(webhook.start_seq, passed.get(webhook.id, 0))
        if not begin < row.first_seq <= row.last_seq <= webhook.position:
            yield (
                f"dead letter {row.id} of webhook {webhook.id} holds facts {row.first_seq} to "
                f"{row.last_seq}, which is not between {begin} and {webhook.position}"
            )
        if row.state not in STATES:
            yield f"dead letter {row.id} is in the state {row.state}, which does not exist"
        passed[webhook.id] = row.last_seq


def check_secrets(view: View) -> Iterator[str]:
    """Every receiver has one secret that is not running out; none that was removed has any."""
    newest: dict[int, int] = {}
    kept: set[int] = set()
    for webhook_id, valid_until in view.all(_SECRETS):
        kept.add(webhook_id)
        if valid_until == NEVER:
            newest[webhook_id] = newest.get(webhook_id, 0) + 1
    for row in SubscriptionRow.select().order_by(SubscriptionRow.id):
        if row.removed and row.id in kept:
            yield f"webhook {row.id} was removed, but its secrets were not"
        if not row.removed and newest.get(row.id) != 1:
            yield f"webhook {row.id} has {newest.get(row.id, 0)} newest secrets instead of one"
