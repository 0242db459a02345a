"""What is to be sent next, and what became of it: all of it in the database, so that a sender that
dies leaves nothing behind but a claim that ends by itself.

A message's content is fixed before it is sent for the first time: a try that got no answer, or
whose answer was not written down, is repeated with the same facts under the same id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from venue_suite.audit.entries import write_entry
from venue_suite.database.kernel_rows import FACTS_FROM, LAST_SEQ
from venue_suite.database.rows import from_ms
from venue_suite.database.work import View, Work
from venue_suite.domain.facts import Fact
from venue_suite.feed_rights import Wish
from venue_suite.webhooks.services import message_id
from venue_suite.webhooks.tables import (
    DEAD,
    DELIVERED,
    NEVER,
    WAITING,
    DeadLetterRow,
    SecretRow,
    SubscriptionRow,
)

MESSAGE_LENGTH_MAX = 100
# Facts looked through at once for some that a receiver wants.
SCAN_LENGTH = 2_000
CLAIM_MS = 30_000
PROBLEM_CHARS_MAX = 200

TRIES_MAX = 12  # of a receiver that answers, but with a refusal: some two hours
UNREACHABLE_MS_MAX = 72 * 3600 * 1000  # of one that does not answer: a long weekend
PAUSE_MS = 5_000
PAUSE_MS_MAX = 3600 * 1000
RETRY_AFTER_MS_MAX = 24 * 3600 * 1000  # a receiver may ask for so long a pause


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one receiver.

    Attributes:
        letter_id: the dead letter that is sent again; 0 for the next message in order.
        position: up to where the receiver had everything when this was put together.
        tries: how often it was sent in vain.
        secrets: sealed, newest first.
    """

    webhook_id: int
    letter_id: int
    url: str
    id: str
    position: int
    last_seq: int
    tries: int
    facts: Sequence[Fact]
    secrets: Sequence[str]

    @property
    def body(self) -> bytes:
        """The same bytes at every try."""
        at = from_ms(round(self.facts[-1].at * 1000)).isoformat().replace("+00:00", "Z")
        facts = [
            {
                "seq": fact.seq,
                "at": fact.at,
                "kind": fact.kind,
                "subject": fact.subject,
                "data": fact.data,
            }
            for fact in self.facts
        ]
        told = {"type": "venue.facts", "timestamp": at, "data": {"facts": facts}}
        return msgspec.json.encode(told)


@dataclass(frozen=True, slots=True)
class Look:
    """What a look for the next message found.

    Attributes:
        message: what may be sent now, if anything.
        scanned_to: up to here nothing else is wanted.
        is_more: there is more to look through.
    """

    message: Message | None
    scanned_to: int
    is_more: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a try.

    Attributes:
        problem: why it failed; "" if it was taken.
        answered: whether the receiver said something, so that waiting may not help.
        is_gone: the receiver wants nothing more.
        pause_ms: how long it wants to be left alone.
    """

    problem: str = ""
    answered: bool = False
    is_gone: bool = False
    pause_ms: int = 0


def list_active(view: View) -> list[int]:
    """The receivers that want something."""
    query = SubscriptionRow.select(SubscriptionRow.id).where(SubscriptionRow.active)
    return [row.id for row in query.order_by(SubscriptionRow.id)]


def read_last_seq(view: View) -> int:
    last: int = view.value(LAST_SEQ)
    return last


def find_next(view: View, webhook_id: int, scanned_to: int) -> Look:
    """The next message to a receiver, if one may be sent now.

    Args:
        scanned_to: up to where the caller knows that nothing is wanted.
    """
    row = SubscriptionRow.get_or_none(SubscriptionRow.id == webhook_id, SubscriptionRow.active)
    if row is None or _is_claimed(row.claimed_until, view.now_ms):
        return Look(None, scanned_to)
    if view.now_ms < row.next_try_at <= view.now_ms + RETRY_AFTER_MS_MAX:
        return Look(None, scanned_to)
    if row.sending_to > row.position:
        facts = _read_wanted(view, row.kinds, row.position + 1, row.sending_to)
        return Look(_message(view, row, facts, row.sending_to), scanned_to)
    page = _page(view, max(row.position, scanned_to) + 1, SCAN_LENGTH)
    wish = Wish(tuple(row.kinds))
    facts = [fact for fact in page if wish.wants(fact)][:MESSAGE_LENGTH_MAX]
    if facts:
        return Look(_message(view, row, facts, facts[-1].seq), facts[-1].seq)
    end = page[-1].seq if page else max(row.position, scanned_to)
    return Look(None, end, is_more=len(page) == SCAN_LENGTH)


def _read_wanted(view: View, kinds: list[str], begin: int, end: int) -> list[Fact]:
    wish = Wish(tuple(kinds))
    found: list[Fact] = []
    while begin <= end and (page := _page(view, begin, SCAN_LENGTH)):
        found += [fact for fact in page if fact.seq <= end and wish.wants(fact)]
        begin = page[-1].seq + 1
    return found


def _page(view: View, begin: int, count: int) -> list[Fact]:
    return [
        Fact(kind, subject, msgspec.json.decode(data), seq, at / 1000)
        for seq, at, kind, subject, data in view.all(FACTS_FROM, seq=begin, count=count)
    ]


def _message(view: View, row: SubscriptionRow, facts: list[Fact], last_seq: int) -> Message:
    return Message(
        webhook_id=row.id,
        letter_id=0,
        url=row.url,
        id=message_id(row.code, row.revision, facts[0].seq, last_seq),
        position=row.position,
        last_seq=last_seq,
        tries=row.tries,
        facts=facts,
        secrets=_read_secrets(view, row.id),
    )


def find_letter(view: View, webhook_id: int) -> Message | None:
    """A dead letter that somebody wants to be sent again."""
    row = (
        DeadLetterRow.select(DeadLetterRow, SubscriptionRow)
        .join(SubscriptionRow)
        .where(DeadLetterRow.subscription == webhook_id, DeadLetterRow.state == WAITING)
        .order_by(DeadLetterRow.id)
        .first()
    )
    if row is None or _is_claimed(row.claimed_until, view.now_ms):
        return None
    return Message(
        webhook_id=webhook_id,
        letter_id=row.id,
        url=row.subscription.url,
        id=message_id(row.subscription.code, row.revision, row.first_seq, row.last_seq),
        position=row.first_seq - 1,
        last_seq=row.last_seq,
        tries=row.tries,
        facts=_read_wanted(view, row.kinds, row.first_seq, row.last_seq),
        secrets=_read_secrets(view, webhook_id),
    )


def _read_secrets(view: View, webhook_id: int) -> list[str]:
    rows = (
        SecretRow.select(SecretRow.secret)
        .where(
            SecretRow.subscription == webhook_id,
            (SecretRow.valid_until == NEVER) | (SecretRow.valid_until > view.now_ms),
        )
        .order_by(SecretRow.id.desc())
    )
    return [row.secret for row in rows]


def claim(work: Work, message: Message, sender: str) -> bool:
    """Take a message in hand. False if somebody else has it, or it is not to be sent any more."""
    until = {"claimed_by": sender, "claimed_until": work.now_ms + CLAIM_MS}
    table = DeadLetterRow if message.letter_id else SubscriptionRow
    is_free = (
        (table.claimed_by == sender)
        | (table.claimed_until <= work.now_ms)
        | (table.claimed_until > work.now_ms + CLAIM_MS)  # the clock was put back
    )
    if message.letter_id:
        change = DeadLetterRow.update(**until).where(
            DeadLetterRow.id == message.letter_id, DeadLetterRow.state == WAITING, is_free
        )
    else:
        change = SubscriptionRow.update(sending_to=message.last_seq, **until).where(
            SubscriptionRow.id == message.webhook_id,
            SubscriptionRow.active,
            SubscriptionRow.position == message.position,
            SubscriptionRow.sending_to.in_([0, message.last_seq]),
            is_free,
        )
    return bool(change.execute() == 1)


def skip(work: Work, webhook_id: int, scanned_to: int) -> None:
    """Remember that nothing up to a place is wanted, so that the next start need not look again."""
    SubscriptionRow.update(position=scanned_to).where(
        SubscriptionRow.id == webhook_id,
        SubscriptionRow.sending_to == 0,
        SubscriptionRow.position < scanned_to,
    ).execute()


def settle(work: Work, message: Message, sender: str, outcome: Outcome) -> None:
    """Write down what became of a message that this sender had in hand."""
    if message.letter_id:
        _settle_letter(work, message, sender, outcome)
        return
    row = SubscriptionRow.get_or_none(
        SubscriptionRow.id == message.webhook_id,
        SubscriptionRow.claimed_by == sender,
        SubscriptionRow.position == message.position,
        SubscriptionRow.sending_to == message.last_seq,
    )
    if row is None:
        return  # it was changed meanwhile, or another sender took over
    row.claimed_by, row.claimed_until = "", NEVER
    if outcome.is_gone:
        row.active = False
        row.problem = outcome.problem[:PROBLEM_CHARS_MAX]
        write_entry(work, "webhooks.gone", f"webhook/{row.id}", reason=row.problem)
    elif outcome.problem:
        _note_failure(work, row, message, outcome)
    else:
        row.delivered_at = work.now_ms
        _go_on(row, message.last_seq)
    row.save()


def _go_on(row: SubscriptionRow, position: int) -> None:
    row.position, row.sending_to = position, 0
    row.tries, row.failing_since, row.next_try_at, row.problem = 0, NEVER, NEVER, ""


def _note_failure(work: Work, row: SubscriptionRow, message: Message, outcome: Outcome) -> None:
    row.tries += 1
    row.failing_since = row.failing_since or work.now_ms
    row.problem = outcome.problem[:PROBLEM_CHARS_MAX]
    row.next_try_at = work.now_ms + max(outcome.pause_ms, _pause_ms(work, row.tries))
    silent_ms = work.now_ms - row.failing_since
    if row.tries < TRIES_MAX or not (outcome.answered or silent_ms > UNREACHABLE_MS_MAX):
        return
    DeadLetterRow.create(
        subscription=row,
        revision=row.revision,
        kinds=row.kinds,
        first_seq=message.facts[0].seq,
        last_seq=message.last_seq,
        tries=row.tries,
        problem=row.problem,
        died_at=work.now,
    )
    problem, next_try_at = row.problem, row.next_try_at
    _go_on(row, message.last_seq)
    row.problem, row.next_try_at = problem, next_try_at


def _settle_letter(work: Work, message: Message, sender: str, outcome: Outcome) -> None:
    row = DeadLetterRow.get_or_none(
        DeadLetterRow.id == message.letter_id, DeadLetterRow.claimed_by == sender
    )
    if row is None:
        return
    row.claimed_by, row.claimed_until = "", NEVER
    if outcome.problem:
        row.state, row.tries = DEAD, row.tries + 1
        row.problem = outcome.problem[:PROBLEM_CHARS_MAX]
    else:
        row.state = DELIVERED
    row.save()


def _pause_ms(work: Work, tries: int) -> int:
    """Twice as long after each try, and never for all receivers at the same moment."""
    pause_ms = min(PAUSE_MS_MAX, PAUSE_MS << min(tries - 1, 16))
    chance = int.from_bytes(work.seams.random_bytes(4), "big") / 2**32
    return int(pause_ms * (0.5 + chance / 2))


def _is_claimed(claimed_until: int, now_ms: int) -> bool:
    return now_ms < claimed_until <= now_ms + CLAIM_MS
