"""Webhooks: every fact at least once and in order, whatever a receiver or a crash does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.venue_suite.jotter import jot
from tests.venue_suite.plugins import Jotter
from tests.venue_suite.receivers import (
    Receiver,
    accept,
    drip,
    first,
    hang,
    receiving,
    refuse,
    saying,
)
from venue_suite.client import ServerRefused
from venue_suite.database.kernel_rows import OperationRow
from venue_suite.database.work import View
from venue_suite.identity.sealing import load_sealer
from venue_suite.paging import Page
from venue_suite.server.feed_socket import read_last_seq
from venue_suite.testing import MovableClock, ServedVenue
from venue_suite.webhooks import delivering, queue, sending
from venue_suite.webhooks.delivering import Deliverer
from venue_suite.webhooks.services import list_webhooks
from venue_suite.webhooks.wire import DeadLetter, Webhook, WebhookSecret


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds and hours takes milliseconds here."""
    monkeypatch.setattr(delivering, "POLL_S", 0.01)
    monkeypatch.setattr(delivering, "LOOK_AGAIN_S", 0.02)
    monkeypatch.setattr(queue, "PAUSE_MS", 20)
    monkeypatch.setattr(queue, "PAUSE_MS_MAX", 60)
    monkeypatch.setattr(sending, "TIMEOUT_S", 0.4)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def subscribe(venue: ServedVenue, url: str, *kinds: str, **more: Any) -> WebhookSecret:
    manager = venue.client("manager")
    return await manager.post(
        "/webhooks",
        {"url": url, "kinds": list(kinds or ["jotter."]), **more},
        WebhookSecret,
        operation_id=manager.make_operation_id(),
    )


async def change(venue: ServedVenue, path: str, shape: Any = Webhook, **body: Any) -> Any:
    manager = venue.client("manager")
    return await manager.post(path, body, shape, operation_id=manager.make_operation_id())


async def webhooks_of(venue: ServedVenue) -> list[Webhook]:
    return await venue.server.database.read(list_webhooks)


async def until(venue: ServedVenue, holds: Callable[[Webhook], object]) -> Webhook:
    """Wait until something holds for the venue's only webhook."""
    async with asyncio.timeout(5):
        while not holds(webhook := (await webhooks_of(venue))[0]):  # noqa: ASYNC110 - a test may look
            await asyncio.sleep(0.01)
    return webhook


async def letters_of(venue: ServedVenue, webhook_id: int) -> list[DeadLetter]:
    path = f"/webhooks/{webhook_id}/dead-letters"
    return (await venue.client("manager").get(path, Page[DeadLetter])).items


async def tell(venue: ServedVenue, count: int = 1, name: str = "n") -> int:
    """Tell facts; returns the last one's place."""
    await venue.server.database.write(jot, name, count)
    return await venue.server.database.read(read_last_seq)


# --- how it should be ----------------------------------------------------------------------------


async def test_facts_arrive_in_order_signed_and_once(bare: ServedVenue, receiver: Receiver) -> None:
    begin = await tell(bare, 3)
    added = await subscribe(bare, receiver.url)
    for _ in range(30):
        last = await tell(bare, 9)
    await receiver.wait_for_seq(last)
    assert receiver.seqs == list(range(begin + 1, last + 1))
    for got in receiver.got:
        assert got.is_signed_with(added.secret)
        assert abs(got.timestamp - bare.clock.time_s()) < 5
        assert len(got.seqs) <= 100
    assert len({got.id for got in receiver.got}) == len(receiver.got)
    fact = receiver.got[0].facts[0]
    assert (fact["kind"], fact["subject"], fact["data"]["index"]) == ("jotter.n", "jot/n", 0)


async def test_only_what_is_wanted_arrives(bare: ServedVenue, receiver: Receiver) -> None:
    await subscribe(bare, receiver.url, "jotter.a", "jotter.c")
    for name in ("b", "a", "b", "ab", "b", "c", "b"):
        last = await tell(bare, 1, name)
    await receiver.wait_for_seq(last - 1)
    assert [fact["kind"] for got in receiver.got for fact in got.facts] == [
        "jotter.a",
        "jotter.ab",
        "jotter.c",
    ]


async def test_what_nobody_wants_is_looked_through_once(
    bare: ServedVenue, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "SCAN_LENGTH", 50)
    monkeypatch.setattr(delivering, "SKIP_LENGTH", 100)
    await subscribe(bare, receiver.url, "jotter.rare")
    last = await tell(bare, 500)
    await until(bare, lambda webhook: webhook.position >= last - 100)
    rare = await tell(bare, 1, "rare")
    await receiver.wait_for_seq(rare)
    assert receiver.seqs == [rare]


async def test_receiver_may_begin_in_the_past(bare: ServedVenue, receiver: Receiver) -> None:
    last = await tell(bare, 250)
    await subscribe(bare, receiver.url, from_seq=last - 220)
    await receiver.wait_for_seq(last)
    assert receiver.seqs == list(range(last - 220, last + 1))
    assert [len(got.seqs) for got in receiver.got] == [100, 100, 21]


async def test_secret_is_shown_once_and_stored_in_no_reply(
    bare: ServedVenue, receiver: Receiver
) -> None:
    manager = bare.client("manager")
    operation_id = manager.make_operation_id()
    wanted = {"url": receiver.url, "kinds": ["jotter."]}
    one, again = [
        await manager.post("/webhooks", wanted, WebhookSecret, operation_id=operation_id)
        for _ in range(2)
    ]
    assert one == again
    assert len(await webhooks_of(bare)) == 1

    def replies(view: View) -> bytes:
        return b"".join(bytes(row.reply) for row in OperationRow.select())

    assert one.secret.startswith("whsec_")
    assert one.secret.encode() not in await bare.server.database.read(replies)
    log = await manager.get_bytes("/audit/export")
    assert b"webhooks.add" in log
    assert one.secret.encode() not in log


async def test_rotated_secret_signs_beside_the_old_one_for_a_while(
    bare: ServedVenue, receiver: Receiver
) -> None:
    old = await subscribe(bare, receiver.url)
    path = f"/webhooks/{old.webhook.id}/rotate-secret"
    new = await change(bare, path, WebhookSecret, overlap_s=3600)
    assert new.secret != old.secret
    await receiver.wait_for_seq(await tell(bare))
    assert receiver.got[-1].is_signed_with(new.secret)
    assert receiver.got[-1].is_signed_with(old.secret)
    bare.clock.advance(3601)
    await receiver.wait_for_seq(await tell(bare))
    assert receiver.got[-1].is_signed_with(new.secret)
    assert not receiver.got[-1].is_signed_with(old.secret)
    assert len(receiver.got[-1].signatures) == 1


async def test_stopped_receiver_goes_on_where_it_was(bare: ServedVenue, receiver: Receiver) -> None:
    added = await subscribe(bare, receiver.url)
    await receiver.wait_for_seq(await tell(bare))
    await change(bare, f"/webhooks/{added.webhook.id}", active=False)
    await asyncio.sleep(0.1)
    last = await tell(bare, 3)
    await asyncio.sleep(0.2)
    assert last not in receiver.seqs
    await change(bare, f"/webhooks/{added.webhook.id}", active=True)
    await receiver.wait_for_seq(last)
    assert receiver.seqs == list(range(last - 3, last + 1))


async def test_removed_receiver_hears_nothing_and_has_no_secret(
    bare: ServedVenue, receiver: Receiver
) -> None:
    added = await subscribe(bare, receiver.url)
    await change(bare, f"/webhooks/{added.webhook.id}/remove")
    await tell(bare)
    await asyncio.sleep(0.2)
    assert receiver.got == []
    assert await webhooks_of(bare) == []
    with pytest.raises(ServerRefused, match=r"webhook 1 does not exist"):
        await change(bare, f"/webhooks/{added.webhook.id}/remove")


# --- bad receivers -------------------------------------------------------------------------------


async def test_failed_message_is_repeated_unchanged_before_the_next(
    bare: ServedVenue, receiver: Receiver
) -> None:
    receiver.answer = first(refuse(500), refuse(404), hang, refuse(503))
    added = await subscribe(bare, receiver.url)
    middle = await tell(bare, 2)
    await receiver.wait_for(2)
    last = await tell(bare, 2)
    await receiver.wait_for_seq(last)
    tries = receiver.got[:5]
    assert len({(got.id, got.body) for got in tries}) == 1
    assert all(got.is_signed_with(added.secret) for got in tries)
    assert tries[0].seqs == [middle - 1, middle]
    assert [got.seqs for got in receiver.got[5:]] == [[last - 1, last]]


async def test_bad_receiver_delays_nobody_else(bare: ServedVenue) -> None:
    async with receiving(hang) as bad, receiving(drip) as odd, receiving() as good:
        for one in (bad, odd, good):
            await subscribe(bare, one.url)
        began = asyncio.get_running_loop().time()
        for _ in range(20):
            await good.wait_for_seq(await tell(bare))
        assert asyncio.get_running_loop().time() - began < 2
        assert len(good.got) >= 20
        assert len({got.id for got in bad.got}) == 1
        # A good status counts, whatever comes behind it.
        await odd.wait_for_seq(good.seqs[-1])
        assert odd.seqs == good.seqs


async def test_message_is_given_up_kept_and_sent_again(
    bare: ServedVenue, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "TRIES_MAX", 3)
    receiver.answer = first(*(3 * [refuse(400)]))
    added = await subscribe(bare, receiver.url)
    bad = await tell(bare, 2)
    await receiver.wait_for(3)
    good = await tell(bare)
    await receiver.wait_for_seq(good)
    (letter,) = await letters_of(bare, added.webhook.id)
    assert (letter.first_seq, letter.last_seq, letter.tries) == (bad - 1, bad, 3)
    assert (letter.state, letter.problem) == ("dead", "it answered 400")
    assert letter.message_id == receiver.got[0].id
    assert (await webhooks_of(bare))[0].dead_letters == 1
    again = await change(bare, f"/webhooks/dead-letters/{letter.id}/send-again", DeadLetter)
    assert again.state == "waiting"
    await receiver.wait_for(5)
    assert receiver.got[4].id == receiver.got[0].id
    assert receiver.got[4].body == receiver.got[0].body
    await until(bare, lambda webhook: not webhook.dead_letters)
    assert (await letters_of(bare, added.webhook.id))[0].state == "delivered"


async def test_message_that_fails_again_stays_dead(
    bare: ServedVenue, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "TRIES_MAX", 1)
    receiver.answer = refuse(400)
    added = await subscribe(bare, receiver.url)
    await tell(bare)
    await until(bare, lambda webhook: webhook.dead_letters)
    (letter,) = await letters_of(bare, added.webhook.id)
    await change(bare, f"/webhooks/dead-letters/{letter.id}/send-again", DeadLetter)
    await receiver.wait_for(2)
    async with asyncio.timeout(2):
        while (await letters_of(bare, added.webhook.id))[0].tries < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert (await letters_of(bare, added.webhook.id))[0].state == "dead"


async def test_receiver_that_is_away_for_a_day_loses_nothing(
    bare: ServedVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to press a button for a receiver that was switched off over night."""
    monkeypatch.setattr(queue, "TRIES_MAX", 2)
    async with receiving() as receiver:
        await subscribe(bare, receiver.url)
        await receiver.wait_for_seq(await tell(bare))
    lost = await tell(bare, 3) - 2
    await until(bare, lambda webhook: webhook.tries >= 4)
    bare.clock.advance(24 * 3600)
    await asyncio.sleep(0.1)
    (webhook,) = await webhooks_of(bare)
    assert (webhook.position, webhook.dead_letters) == (lost - 1, 0)
    assert "Cannot connect" in webhook.problem
    bare.clock.advance(72 * 3600)
    await until(bare, lambda webhook: webhook.dead_letters)


async def test_redirect_is_not_followed(bare: ServedVenue, receiver: Receiver) -> None:
    async with receiving() as elsewhere:
        receiver.answer = refuse(307, Location=elsewhere.url)
        await subscribe(bare, receiver.url)
        await tell(bare)
        await receiver.wait_for(2)
        assert elsewhere.got == []
    (webhook,) = await webhooks_of(bare)
    assert webhook.problem == "it answered 307, a redirect, which is not followed"


async def test_receiver_that_is_gone_is_asked_no_more(
    bare: ServedVenue, receiver: Receiver
) -> None:
    receiver.answer = refuse(410)
    await subscribe(bare, receiver.url)
    await tell(bare)
    await until(bare, lambda webhook: not webhook.active)
    await tell(bare)
    await asyncio.sleep(0.1)
    assert len(receiver.got) == 1


async def test_receiver_may_ask_for_a_pause(bare: ServedVenue, receiver: Receiver) -> None:
    receiver.answer = first(refuse(429, Retry_After="100"))
    await subscribe(bare, receiver.url)
    last = await tell(bare)
    await receiver.wait_for(1)
    await asyncio.sleep(0.3)
    assert len(receiver.got) == 1
    bare.clock.advance(101)
    await receiver.wait_for(2)
    assert receiver.got[1].seqs == [last]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        pytest.param(b"", "Server disconnected", id="silence"),
        pytest.param(b"\0\xff rubbish\r\n\r\n", "400", id="rubbish"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, "400", id="endless header"),
        pytest.param(b"HTTP/1.1 OK\r\n\r\n", "400", id="no status"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "400", id="another protocol"),
        pytest.param(b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", "999", id="odd status"),
        pytest.param(b"HTTP/1.1 500 No\r\nContent-Length: 5\r\n\r\nx", "500", id="half a body"),
        pytest.param(
            b"HTTP/1.1 500 No\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 9999,
            "500",
            id="endless body",
        ),
        pytest.param(
            b"HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
            "500",
            id="spoilt compression",
        ),
    ],
)
async def test_what_is_no_answer_is_a_failure(bare: ServedVenue, words: bytes, wanted: str) -> None:
    async with saying(words) as url:
        await subscribe(bare, url)
        await tell(bare)
        webhook = await until(bare, lambda webhook: webhook.tries)
    assert wanted in webhook.problem


async def test_half_an_answer_ends_in_time(bare: ServedVenue) -> None:
    async with saying(b"HTTP/1.1 200 OK\r\nX-Slow: ", hang_up=False) as url:
        await subscribe(bare, url)
        await tell(bare)
        webhook = await until(bare, lambda webhook: webhook.tries)
    assert webhook.problem == "it did not answer within 0 seconds"


# --- crashes and doubles -------------------------------------------------------------------------


async def test_restart_between_sending_and_writing_down_repeats_the_same_message(
    bare_copy: Path, clock: MovableClock, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_: object) -> None:
        await asyncio.sleep(30)

    plugins = {"jotter": Jotter()}
    async with ServedVenue(bare_copy, clock, plugins=plugins) as venue:
        await subscribe(venue, receiver.url)
        with monkeypatch.context() as patch:
            patch.setattr(sending, "_finish", die)
            one = await tell(venue, 2)
            await receiver.wait_for(1)
            await tell(venue, 2)
    clock.advance(31)
    async with ServedVenue(bare_copy, clock, plugins={"jotter": Jotter()}) as venue:
        last = await tell(venue)
        await receiver.wait_for_seq(last)
    assert [got.seqs for got in receiver.got] == [
        [one - 1, one],
        [one - 1, one],
        [one + 1, one + 2, last],
    ] or receiver.seqs[:4] == [one - 1, one, one - 1, one]
    assert (receiver.got[0].id, receiver.got[0].body) == (receiver.got[1].id, receiver.got[1].body)
    unique = list({got.id: got for got in receiver.got}.values())
    assert [seq for got in unique for seq in got.seqs] == list(range(one - 1, last + 1))


async def test_doubled_job_sends_nothing_twice(bare: ServedVenue, receiver: Receiver) -> None:
    """Two processes may both believe for a moment that they do the venue's jobs."""
    await subscribe(bare, receiver.url)
    begin = await tell(bare)
    context = await asyncio.to_thread(_context_of, bare)
    async with (
        sending.open_session(allow_lan=False) as session,
        Deliverer(context, session) as one,
        Deliverer(context, session) as other,
    ):
        for _ in range(40):
            last = await tell(bare)
            await asyncio.gather(one.look_around(), other.look_around())
            await asyncio.sleep(0.005)
        await receiver.wait_for_seq(last)
    assert receiver.seqs == list(range(begin, last + 1))


def _context_of(venue: ServedVenue) -> Any:
    """All that the deliverer needs of a context."""

    class Small:
        database = venue.server.database
        webhooks = venue.server.config.webhooks
        sealer = load_sealer(venue.server.config.data_path / "keys")

    return Small()


# --- rights --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["cashier", "usher", "kiosk", "console", "gate"])
async def test_only_managers_manage_webhooks(bare: ServedVenue, role: str) -> None:
    client = bare.client(role)
    with pytest.raises(ServerRefused, match=r"permission webhooks\.manage is missing"):
        await client.get("/webhooks", list[Webhook])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.org/", "must begin with https"),
        ("ftp://127.0.0.1/", "must begin with https"),
        ("https://10.0.0.7/", "inside the own network"),
        ("https://name:secret@example.org/", "no name and no password"),
    ],
)
async def test_bad_address_is_refused_in_one_sentence(
    bare: ServedVenue, receiver: Receiver, url: str, reason: str
) -> None:
    with pytest.raises(ServerRefused, match=reason) as caught:
        await subscribe(bare, url)
    assert caught.value.code == "webhook_url_refused"
    added = await subscribe(bare, receiver.url)
    with pytest.raises(ServerRefused, match=reason):
        await change(bare, f"/webhooks/{added.webhook.id}", url=url)


async def test_answer_of_a_receiver_does_not_reach_its_owner(
    bare: ServedVenue, receiver: Receiver
) -> None:
    """Else a webhook would be a way to read what only the server can reach."""

    async def answer(got: Any, request: aiohttp.web.Request) -> aiohttp.web.StreamResponse:
        return aiohttp.web.Response(status=403, text="inner secret", reason="inner secret")

    receiver.answer = answer
    added = await subscribe(bare, receiver.url)
    await tell(bare)
    await until(bare, lambda webhook: webhook.tries)
    shown = await bare.client("manager").get_bytes("/webhooks")
    assert b"it answered 403" in shown
    assert b"inner" not in shown
    assert added.webhook.problem == ""
    receiver.answer = accept
