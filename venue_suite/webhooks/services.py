"""Verbs on webhooks, each with its entry in the audit log."""

from __future__ import annotations

from peewee import fn

from venue_suite.audit.entries import write_entry
from venue_suite.database.kernel_rows import LAST_SEQ
from venue_suite.database.rows import from_ms
from venue_suite.database.work import View, Work
from venue_suite.domain.errors import NotAllowed, NotFound, Refused
from venue_suite.domain.ids import make_ulid
from venue_suite.feed_rights import FeedRights
from venue_suite.identity.sealing import Sealer
from venue_suite.paging import Page, page_of
from venue_suite.webhooks import wire
from venue_suite.webhooks.signatures import make_secret
from venue_suite.webhooks.tables import (
    DEAD,
    DELIVERED,
    NEVER,
    WAITING,
    DeadLetterRow,
    SecretRow,
    SubscriptionRow,
)

SUBSCRIPTIONS_MAX = 50
EVERYTHING = ("",)
_NEWEST = 2**62


class TooManyWebhooks(Refused):
    """Each receiver costs the server work for every fact."""

    code = "too_many_webhooks"
    default_template = "There are {count} webhooks already; remove one first."


def add_webhook(
    work: Work, wanted: wire.NewWebhook, rights: FeedRights, sealer: Sealer
) -> wire.Webhook:
    """Add a receiver with a secret of its own. Its address was checked before.

    Raises:
        NotAllowed: the actor may not hear all kinds that it would bring.
        TooManyWebhooks.
    """
    demand_kinds(work, wanted.kinds, rights)
    count = SubscriptionRow.select().where(~SubscriptionRow.removed).count()
    if count >= SUBSCRIPTIONS_MAX:
        raise TooManyWebhooks(count=count)
    last_seq = work.value(LAST_SEQ)
    start_seq = min(wanted.from_seq - 1, last_seq) if wanted.from_seq else last_seq
    row = SubscriptionRow.create(
        code=make_ulid(work.now_ms, work.seams.random_bytes),
        url=wanted.url,
        kinds=sorted(set(wanted.kinds)),
        note=wanted.note,
        added_at=work.now,
        added_by=f"{work.actor.kind}/{work.actor.code}",
        start_seq=start_seq,
        position=start_seq,
    )
    _add_secret(work, row, sealer)
    write_entry(work, "webhooks.add", f"webhook/{row.id}", after=_audited(row))
    return show(row)


def change_webhook(
    work: Work, webhook_id: int, wanted: wire.ChangeWebhook, rights: FeedRights
) -> wire.Webhook:
    """Change a receiver; what is under way is put together anew.

    Raises:
        NotFound, NotAllowed.
    """
    row = find_row(webhook_id)
    before = _audited(row)
    if wanted.kinds is not None and sorted(set(wanted.kinds)) != row.kinds:
        demand_kinds(work, wanted.kinds, rights)
        row.kinds = sorted(set(wanted.kinds))
        row.revision += 1
        row.sending_to = 0
    row.url = row.url if wanted.url is None else wanted.url
    row.note = row.note if wanted.note is None else wanted.note
    row.active = row.active if wanted.active is None else wanted.active
    # Whoever changed something wants to see now whether it helped.
    row.tries, row.failing_since, row.next_try_at, row.problem = 0, NEVER, NEVER, ""
    row.save()
    write_entry(work, "webhooks.change", f"webhook/{row.id}", before=before, after=_audited(row))
    return show(row)


def rotate_secret(work: Work, webhook_id: int, overlap_s: int, sealer: Sealer) -> wire.Webhook:
    """A new secret; the old one goes on signing beside it for a while. Raises NotFound."""
    row = find_row(webhook_id)
    valid_until = work.now_ms + overlap_s * 1000
    SecretRow.update(valid_until=valid_until).where(
        SecretRow.subscription == row, SecretRow.valid_until == NEVER
    ).execute()
    _add_secret(work, row, sealer)
    write_entry(work, "webhooks.rotate_secret", f"webhook/{row.id}", after={"overlap_s": overlap_s})
    return show(row)


def remove_webhook(work: Work, webhook_id: int) -> wire.Webhook:
    """Nothing more is sent to it; its secrets are forgotten. Raises NotFound."""
    row = find_row(webhook_id)
    row.active, row.removed = False, True
    row.save()
    SecretRow.delete().where(SecretRow.subscription == row).execute()
    write_entry(work, "webhooks.remove", f"webhook/{row.id}", before=_audited(row))
    return show(row)


def send_again(work: Work, letter_id: int) -> wire.DeadLetter:
    """Send a message once more that was given up. Raises NotFound."""
    letter = DeadLetterRow.get_or_none(DeadLetterRow.id == letter_id)
    if letter is None or letter.subscription.removed:
        raise NotFound(what="The message", key=letter_id)
    if letter.state == DEAD:
        letter.state = WAITING
        letter.save()
        write_entry(work, "webhooks.send_again", f"dead_letter/{letter_id}")
    return show_letter(letter)


def demand_kinds(work: Work, kinds: list[str], rights: FeedRights) -> None:
    """Nobody may send elsewhere what they may not hear themselves. Raises NotAllowed."""
    for beginning in kinds or EVERYTHING:
        if not rights.hears_all(work.actor, beginning):
            raise NotAllowed(permission=rights.need(f"{beginning}?")[0])


def list_webhooks(view: View) -> list[wire.Webhook]:
    """All receivers in the order in which they were added."""
    rows = SubscriptionRow.select().where(~SubscriptionRow.removed).order_by(SubscriptionRow.id)
    return [show(row) for row in rows]


def list_dead_letters(
    view: View, webhook_id: int, asked: wire.FindDeadLetters
) -> Page[wire.DeadLetter]:
    """What was given up. Raises NotFound."""
    row = find_row(webhook_id)
    query = (
        DeadLetterRow.select()
        .where(DeadLetterRow.subscription == row, DeadLetterRow.id < asked.after_number(_NEWEST))
        .order_by(DeadLetterRow.id.desc())
        .limit(asked.limit + 1)
    )
    return page_of([show_letter(one) for one in query], asked.limit, lambda one: one.id)


def purpose(webhook_id: int) -> str:
    """What a secret is sealed for."""
    return f"webhook/{webhook_id}"


def read_newest_secret(view: View, webhook_id: int) -> str:
    """The newest secret, sealed. Raises NotFound for a receiver that was removed."""
    row = SecretRow.get_or_none(
        SecretRow.subscription == webhook_id, SecretRow.valid_until == NEVER
    )
    if row is None:
        raise NotFound(what="The webhook", key=webhook_id)
    secret: str = row.secret
    return secret


def find_row(webhook_id: int) -> SubscriptionRow:
    """Raises NotFound."""
    row = SubscriptionRow.get_or_none(SubscriptionRow.id == webhook_id, ~SubscriptionRow.removed)
    if row is None:
        raise NotFound(what="The webhook", key=webhook_id)
    return row


def show(row: SubscriptionRow) -> wire.Webhook:
    """A receiver as people see it."""
    dead = (
        DeadLetterRow.select(fn.COUNT(DeadLetterRow.id))
        .where(DeadLetterRow.subscription == row.id, DeadLetterRow.state != DELIVERED)
        .scalar()
    )
    return wire.Webhook(
        id=row.id,
        url=row.url,
        kinds=row.kinds,
        note=row.note,
        active=bool(row.active),
        added_at=row.added_at,
        added_by=row.added_by,
        position=row.position,
        tries=row.tries,
        problem=row.problem,
        next_try_at=from_ms(row.next_try_at) if row.next_try_at else None,
        delivered_at=from_ms(row.delivered_at) if row.delivered_at else None,
        dead_letters=dead,
    )


def show_letter(row: DeadLetterRow) -> wire.DeadLetter:
    """A message that was given up, as people see it."""
    return wire.DeadLetter(
        id=row.id,
        webhook_id=row.subscription.id,
        message_id=message_id(row.subscription.code, row.revision, row.first_seq, row.last_seq),
        first_seq=row.first_seq,
        last_seq=row.last_seq,
        state=row.state,
        tries=row.tries,
        problem=row.problem,
        died_at=row.died_at,
    )


def message_id(code: str, revision: int, first_seq: int, last_seq: int) -> str:
    """The same for every try of the same content."""
    return f"msg_{code}_{revision}_{first_seq}_{last_seq}"


def _add_secret(work: Work, row: SubscriptionRow, sealer: Sealer) -> None:
    secret = make_secret(work.seams.random_bytes)
    sealed = sealer.seal(secret.encode(), purpose(row.id))
    SecretRow.create(subscription=row, secret=sealed, added_at=work.now)


def _audited(row: SubscriptionRow) -> dict[str, object]:
    return {"url": row.url, "kinds": row.kinds, "note": row.note, "active": bool(row.active)}
