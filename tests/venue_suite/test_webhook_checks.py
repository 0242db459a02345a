"""What `venue verify` sees of webhooks: each planted violation is found."""

from __future__ import annotations

import pytest

from tests.venue_suite.jotter import jot
from venue_suite.database import Database, View, Work
from venue_suite.domain.actors import SYSTEM, Actor
from venue_suite.domain.errors import NotAllowed
from venue_suite.feed_rights import FeedRights
from venue_suite.identity.sealing import Sealer
from venue_suite.webhooks import queue, services, wire
from venue_suite.webhooks.queue import Outcome
from venue_suite.webhooks.routes import CHECKS
from venue_suite.webhooks.services import TooManyWebhooks
from venue_suite.webhooks.tables import DeadLetterRow, SecretRow, SubscriptionRow

RIGHTS = FeedRights((), {"jotter.view"})
SEALER = Sealer(bytes(32))
WANTED = wire.NewWebhook(url="https://example.org/", kinds=["jotter."], from_seq=1)


def violations(view: View) -> list[str]:
    return [sentence for check in CHECKS for sentence in check.find(view)]


def add(work: Work) -> None:
    services.add_webhook(work, WANTED, RIGHTS, SEALER)


def give_up(work: Work) -> None:
    """One message that fails for good."""
    look = queue.find_next(work, 1, 0)
    assert look.message is not None
    assert queue.claim(work, look.message, "me")
    queue.settle(work, look.message, "me", Outcome("it answered 400", answered=True))


@pytest.fixture
async def filled(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setattr(queue, "TRIES_MAX", 1)
    monkeypatch.setattr(queue, "MESSAGE_LENGTH_MAX", 2)
    monkeypatch.setattr(queue, "PAUSE_MS", 0)
    await database.write(jot, "n", 6)
    await database.write(add)
    await database.write(give_up)
    await database.write(give_up)
    assert await database.read(violations) == []
    return database


def plant(table: type[SubscriptionRow | DeadLetterRow | SecretRow], **values: object) -> object:
    def change(work: Work) -> None:
        first = table.select(table.id).order_by(table.id).limit(1).scalar()
        table.update(**values).where(table.id == first).execute()

    return change


@pytest.mark.parametrize(
    ("table", "values", "wanted"),
    [
        (SubscriptionRow, {"position": 7}, "has everything up to fact 7"),
        (SubscriptionRow, {"start_seq": 5}, "it began behind 5"),
        (SubscriptionRow, {"start_seq": -1}, "it began behind -1"),
        (SubscriptionRow, {"sending_to": 3}, "is being sent facts up to 3"),
        (SubscriptionRow, {"sending_to": 99}, "is being sent facts up to 99"),
        (SubscriptionRow, {"position": 3}, "dead letter 2 of webhook 1 holds facts 3 to 4"),
        (DeadLetterRow, {"last_seq": 3}, "dead letter 2 of webhook 1 holds facts 3 to 4"),
        (DeadLetterRow, {"first_seq": 0}, "dead letter 1 of webhook 1 holds facts 0 to 2"),
        (DeadLetterRow, {"state": "lost"}, "is in the state lost, which does not exist"),
        (SecretRow, {"valid_until": 5}, "has 0 newest secrets"),
        (SubscriptionRow, {"removed": True}, "was removed, but its secrets were not"),
    ],
)
async def test_verify_finds_what_was_planted(
    filled: Database, table: type[SubscriptionRow], values: dict[str, object], wanted: str
) -> None:
    await filled.write(plant(table, **values))  # type: ignore[arg-type]
    found = await filled.read(violations)
    assert any(wanted in sentence for sentence in found), found


async def test_doubled_secret_is_found(filled: Database) -> None:
    def double(work: Work) -> None:
        SecretRow.create(subscription=1, secret="x", added_at=work.now)

    await filled.write(double)
    assert await filled.read(violations) == ["webhook 1 has 2 newest secrets instead of one"]


# --- services ------------------------------------------------------------------------------------


async def test_nobody_sends_elsewhere_what_they_may_not_hear(database: Database) -> None:
    def actor(*permissions: str) -> Actor:
        return Actor("staff", "7", permissions=frozenset({"webhooks.manage", *permissions}))

    with pytest.raises(NotAllowed, match=r"permission jotter\.view is missing"):
        await database.commit(add, actor=actor())
    await database.commit(add, actor=actor("jotter.view"))

    def widen(work: Work) -> None:
        services.change_webhook(work, 1, wire.ChangeWebhook(kinds=[]), RIGHTS)

    with pytest.raises(NotAllowed, match=r"permission \* is missing"):
        await database.commit(widen, actor=actor("jotter.view"))
    await database.commit(widen, actor=SYSTEM)


async def test_changed_kinds_never_share_a_message_id(database: Database) -> None:
    """What was under way is put together anew: the old id stands for the old content."""
    await database.write(jot, "a")
    await database.write(jot, "b")
    await database.write(add)
    first = (await database.read(queue.find_next, 1, 0)).message
    assert first is not None
    assert await database.write(queue.claim, first, "me")

    def narrow(work: Work) -> None:
        services.change_webhook(work, 1, wire.ChangeWebhook(kinds=["jotter.b"]), RIGHTS)

    await database.write(narrow)
    await database.write(queue.settle, first, "me", Outcome("late"))

    def look(work: Work) -> queue.Message | None:
        SubscriptionRow.update(claimed_until=0).execute()
        return queue.find_next(work, 1, 0).message

    second = await database.write(look)
    assert second is not None
    assert [fact.kind for fact in second.facts] == ["jotter.b"]
    assert second.id != first.id


async def test_only_so_many_webhooks(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "SUBSCRIPTIONS_MAX", 2)
    await database.write(add)
    await database.write(add)
    with pytest.raises(TooManyWebhooks, match="2 webhooks already"):
        await database.write(add)


async def test_two_senders_never_have_one_message(database: Database) -> None:
    await database.write(jot, "n", 3)
    await database.write(add)
    message = (await database.read(queue.find_next, 1, 0)).message
    assert message is not None
    assert await database.write(queue.claim, message, "one")
    assert not await database.write(queue.claim, message, "other")
    assert (await database.read(queue.find_next, 1, 0)).message is None
    await database.write(queue.settle, message, "other", Outcome())
    assert await database.write(queue.claim, message, "one")
    await database.write(queue.settle, message, "one", Outcome())
    assert not await database.write(queue.claim, message, "one")
    assert (await database.read(queue.find_next, 1, 0)).message is None


async def test_claim_ends_by_itself_even_if_the_clock_was_put_back(database: Database) -> None:
    await database.write(jot, "n", 3)
    await database.write(add)
    message = (await database.read(queue.find_next, 1, 0)).message
    assert message is not None

    def claim_in(work: Work, ahead_ms: int) -> bool:
        until = work.now_ms + ahead_ms
        SubscriptionRow.update(claimed_by="dead", claimed_until=until).execute()
        return queue.claim(work, message, "me")

    assert not await database.write(claim_in, 20_000)
    assert await database.write(claim_in, -1)
    assert await database.write(claim_in, 10**9)


async def test_pauses_grow_and_differ(database: Database) -> None:
    def pauses(work: Work) -> list[list[int]]:
        return [[queue._pause_ms(work, tries) for _ in range(20)] for tries in (1, 2, 5, 12, 40)]

    for some, most_ms in zip(
        await database.write(pauses), (5_000, 10_000, 80_000, 3_600_000, 3_600_000), strict=True
    ):
        assert most_ms / 2 <= min(some) < max(some) <= most_ms
